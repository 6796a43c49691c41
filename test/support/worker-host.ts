import { readFile } from 'node:fs/promises';
import type { Miniflare } from 'miniflare';
import { type MiniflareOptions, runMinuteCron, runStatements, startMiniflare } from './hosted-miniflare.ts';
import type { HostCommand, HostReply } from './hosted-worker.ts';

// A process of its own around one workerd, so that both can be killed. Its parent speaks to it over IPC.

function send(reply: HostReply): void {
  process.send?.(reply);
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

async function obey(miniflare: Miniflare, command: HostCommand): Promise<void> {
  if (command.kind === 'sql') await runStatements(miniflare, command.statements);
  else if (command.kind === 'tick') await runMinuteCron(miniflare);
}

async function main(): Promise<void> {
  const options: MiniflareOptions = JSON.parse(process.argv[2] ?? '{}');
  const miniflare = await startMiniflare(options);
  const stop = async () => {
    await miniflare.dispose();
    process.exit(0);
  };
  process.on('disconnect', () => void stop());
  process.on('message', (command: HostCommand) => {
    if (command.kind === 'stop') void stop();
    else {
      obey(miniflare, command).then(
        () => send({ kind: 'done', id: command.id }),
        (error: unknown) => send({ kind: 'failed', id: command.id, message: String(error) }),
      );
    }
  });
  const directUrl = await miniflare.unsafeGetDirectURL('hosted');
  send({ kind: 'ready', port: Number(directUrl.port), workerdPids: await childrenOf(process.pid) });
}

await main();
