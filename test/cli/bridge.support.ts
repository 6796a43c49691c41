import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { labProxies } from '../../dev/lab/catalogue.ts';
import { createCertifiedIdentity } from '../../dev/lab/certificate.ts';
import { type Lab, startLab } from '../../dev/lab/lab.ts';
import { labGeo } from '../../dev/local-vars.ts';
import type { BridgeEvent } from '../../src/cli/bridge/bridge-log.ts';
import { type RunningCommand, startCommand } from '../support/command-line.ts';
import { type Account, registerAccount, scrapeLabs } from '../support/lab-pool.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

/** `/drip?seconds=N` writes a byte so often. */
const DRIP_EVERY_MS = 250;

/** What the origin saw of a request. */
export interface Seen {
  /** Who came: the exit of a proxy. */
  address: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, requests: Seen[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const seen: Seen = {
    address: request.socket.remoteAddress ?? '',
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks).toString('utf8'),
  };
  requests.push(seen);
  const seconds = Number(/^\/drip\?seconds=(\d+)$/.exec(seen.url)?.[1] ?? 0);
  if (seconds > 0) {
    const endAtMs = Date.now() + seconds * 1_000;
    const timer = setInterval(() => {
      response.write('.');
      if (Date.now() > endAtMs) response.end('done');
    }, DRIP_EVERY_MS);
    response.on('close', () => clearInterval(timer));
  } else if (seen.url === '/page') {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>page</title><img src="/one.png"><script src="/two.js"></script>');
  } else response.setHeader('content-type', 'application/json').end(JSON.stringify(seen));
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A site, plain and by TLS, that says who came. */
export async function startOrigin() {
  const requests: Seen[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response, requests);
  const plain = createServer(listener);
  const tls = createTlsServer(createCertifiedIdentity('127.0.0.1'), listener);
  const [plainPort, tlsPort] = [await portOf(plain), await portOf(tls)];
  return {
    requests,
    http: `http://127.0.0.1:${plainPort}`,
    https: `https://127.0.0.1:${tlsPort}`,
    close(): void {
      for (const server of [plain, tls]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

export type Origin = Awaited<ReturnType<typeof startOrigin>>;

/** A Worker, and some proxies of the lab that can be closed one by one. */
export async function startBridgeYard(names: readonly string[]) {
  const chosen = labProxies.filter(({ name }) => names.includes(name));
  const labs = new Map<string, Lab>();
  for (const proxy of chosen) {
    labs.set(proxy.name, await startLab({ basePort: 0, sourceListPort: 0, proxies: [proxy] }));
  }
  const proxies = [...labs.values()].flatMap((lab) => lab.proxies);
  const worker = await startWorkerProcess({ LAB_GEO: labGeo(proxies) });
  await scrapeLabs(worker, labs.values(), labs.size);
  return {
    worker,
    labs,
    /** Where a proxy's own connections come from. */
    exitOf: (name: string) => chosen.find((proxy) => proxy.name === name)?.address ?? '',
    newAccount: (name: string) => registerAccount(worker, name),
    async close(): Promise<void> {
      await worker.stop();
      for (const lab of labs.values()) await lab.close();
    },
  };
}

export type BridgeYard = Awaited<ReturnType<typeof startBridgeYard>>;

/** A bridge that runs, as its user and its clients see it. */
export interface RunningBridge extends RunningCommand {
  url: string;
  events(kind: BridgeEvent['event']): BridgeEvent[];
  /** Waits for the nth event of a kind. */
  event(kind: BridgeEvent['event'], count?: number): Promise<BridgeEvent>;
  /** Ends it in order; returns its last event. */
  end(): Promise<BridgeEvent>;
}

export async function startBridge(
  worker: WorkerProcess,
  { key }: Account,
  args: readonly string[],
): Promise<RunningBridge> {
  const command = startCommand(['bridge', '--port', '0', '--json', ...args], { url: worker.baseUrl, key });
  // A test that fails leaves none running.
  onTestFinished(() => void command.child.kill('SIGKILL'));
  const all = (): BridgeEvent[] =>
    command
      .out()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const events = (kind: BridgeEvent['event']) => all().filter(({ event }) => event === kind);
  const event = async (kind: BridgeEvent['event'], count = 1): Promise<BridgeEvent> => {
    await command.see(() => events(kind).length >= count);
    const found = events(kind)[count - 1];
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  };
  const { url } = await event('listening');
  return {
    ...command,
    url: String(url),
    events,
    event,
    async end() {
      command.child.kill('SIGTERM');
      const code = await command.ended;
      if (code !== 0) throw new Error(`the bridge ended with ${code}:\n${command.err()}`);
      return event('done');
    },
  };
}

const run = promisify(execFile);

export interface Curled {
  status: number;
  /** Of the answer's head, and of a CONNECT's before it. */
  head: string;
  body: string;
}

/** Asks by a real curl. A tunnel that is refused has the status of the refusal. */
export async function curl(proxy: string, url: string, ...args: readonly string[]): Promise<Curled> {
  const format = '\n%{http_code} %{http_connect}';
  const options = ['-sS', '-k', '-i', '--max-time', '60', '-x', proxy, '-w', format, ...args, url];
  const { stdout } = await run('curl', options).catch((error: { stdout: string }) => error);
  const [, text = '', status = '0', connect = '0'] = /^([\s\S]*)\n(\d+) (\d+)$/.exec(stdout) ?? [];
  const parts = text.split('\r\n\r\n');
  return { status: Number(status) || Number(connect), head: parts.slice(0, -1).join('\n'), body: parts.at(-1) ?? '' };
}

/** What the origin saw of a request by curl, which must have come through. */
export async function seenBy(proxy: string, url: string, ...args: readonly string[]): Promise<Seen> {
  const { status, body } = await curl(proxy, url, ...args);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${body}`);
  return JSON.parse(body);
}
