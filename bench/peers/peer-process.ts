import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PeerCounts, PeerPorts } from './peers.ts';

export interface PeerProcess {
  ports: PeerPorts;
  stop(): void;
}

/** Starts the proxies; they end with this process. */
export async function startPeers(counts: PeerCounts): Promise<PeerProcess> {
  const child = fork(join(import.meta.dirname, 'peers.ts'), [JSON.stringify(counts)]);
  const ended = once(child, 'exit').then(() => {
    throw new Error('the proxies ended before they listened');
  });
  ended.catch(() => undefined);
  const [ports]: PeerPorts[] = await Promise.race([once(child, 'message'), ended]);
  if (!ports) throw new Error('the proxies did not say where they listen');
  return { ports, stop: () => child.disconnect() };
}
