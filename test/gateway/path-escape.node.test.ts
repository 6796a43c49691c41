import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCanary } from '../support/canary.ts';
import { escapePaths } from '../support/escape-paths.ts';
import { inLanes } from '../support/in-lanes.ts';
import { injectionStrings } from '../support/injection-strings.ts';
import { listenAsPeer } from '../support/listening-peer.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

/** Few enough for the platform's limits, enough for the floor of 200 that we hold ourselves to. */
const MIN_ATTACKS = 200;
const KEPT = 'kept-0123456789';
/** All that a call with `Authorization` alone may bring to its target. */
const EXPECTED_FIELDS = new Set([
  'host',
  'authorization',
  'accept-encoding',
  'cf-worker',
  'connection',
  'content-length',
]);

let worker: WorkerProcess;
let workerPort = 0;
let proxyId = '';
let target: Awaited<ReturnType<typeof startTarget>>;
let canary: Awaited<ReturnType<typeof startCanary>>;

/** Keeps the head of each request as it came, and answers. */
async function startTarget() {
  const heads: string[] = [];
  const server = createServer((socket) => {
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      heads.push(received.slice(0, end));
      received = received.slice(end + 4);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  return { heads, ...(await listenAsPeer(server)) };
}

async function create(plural: string, json: object): Promise<string> {
  const { body: account } = await worker.call<{ client_id: string }>('GET', '/account');
  const path = `/api/clients/${account.client_id}/${plural}`;
  const { body } = await worker.call<Record<string, { sKey: string }[]>>('POST', path, json);
  return body[plural]?.[0]?.sKey ?? '';
}

beforeAll(async () => {
  [worker, target, canary] = await Promise.all([startWorkerProcess(), startTarget(), startCanary()]);
  // Past the stand-in for the edge: the Worker itself is to hold.
  workerPort = Number((await worker.miniflare.ready).port);
  const region = 'us-east-1';
  const bearer = { credentialRegion: region, credentialAuthType: 'bearer' };
  proxyId = await create('proxies', {
    proxyName: 'guarded',
    proxyRegion: region,
    proxyProxyCredentialId: await create('credentials', {
      ...bearer,
      credentialName: 'caller',
      credentialType: 'proxy',
      credentialSecret: { token: 'shown' },
    }),
    proxyTargetCredentialId: await create('credentials', {
      ...bearer,
      credentialName: 'vault',
      credentialType: 'target',
      credentialSecret: { token: KEPT },
    }),
    proxyTargetId: await create('targets', {
      targetName: 'target',
      targetRegion: region,
      targetBaseURL: `http://127.0.0.1:${target.port}/base`,
    }),
  });
}, 180_000);

afterAll(async () => {
  await worker?.stop();
  await Promise.all([target?.close(), canary?.close()]);
});

/** What comes back for a request whose every byte is ours. */
async function exchange(requestTarget: string, lines: readonly string[] = []): Promise<string> {
  const socket = connect(workerPort, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  // A refusal may come as a reset.
  socket.on('error', () => undefined);
  const own = lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: 127.0.0.1:${workerPort}`];
  const head = [`GET ${requestTarget} HTTP/1.1`, ...own, 'Authorization: Bearer shown', 'Connection: close', ...lines];
  socket.end(Buffer.from(`${head.join('\r\n')}\r\n\r\n`));
  await once(socket, 'close');
  return text;
}

/** What holds of every request that reached the target, and of every answer. */
function expectUnharmed(answers: readonly string[]): void {
  expect(canary.came).toEqual([]);
  expect(answers.filter((answer) => answer.includes(KEPT))).toEqual([]);
  const granted = answers.filter((answer) => /requestrocket-proxy-code: proxy-access-granted/i.test(answer));
  expect(target.heads.length).toBe(granted.length);
  for (const head of target.heads) {
    const [requestLine = '', ...lines] = head.split('\r\n');
    const [, path = ''] = /^GET (\S+) HTTP\/1\.1$/.exec(requestLine) ?? [];
    const resolved = new URL(`http://127.0.0.1:${target.port}${path}`);
    expect([head, resolved.host, /^\/base(?:\/|$)/.test(resolved.pathname)]).toEqual([
      head,
      `127.0.0.1:${target.port}`,
      true,
    ]);
    const fields = lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
    expect([head, fields.filter((name) => !EXPECTED_FIELDS.has(name) && !name.startsWith('x-mine-'))]).toEqual([
      head,
      [],
    ]);
    expect(new Set(fields).size).toBe(fields.length);
    expect(lines).toContain(`Authorization: Bearer ${KEPT}`);
    expect(lines.filter((line) => /^host:/i.test(line))).toEqual([`Host: 127.0.0.1:${target.port}`]);
  }
  target.heads.length = 0;
}

test('no path leads out of the target’s origin and base path, however it is written', async () => {
  const paths = escapePaths(`127.0.0.1:${canary.port}`);
  expect(paths.length).toBeGreaterThanOrEqual(MIN_ATTACKS);
  const answers = await inLanes(paths, (path) => exchange(`/api/${proxyId}${path}`));
  expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200')).length).toBeGreaterThan(MIN_ATTACKS / 2);
  expectUnharmed(answers);
}, 120_000);

test('nor does anything that names another host', async () => {
  const elsewhere = `127.0.0.1:${canary.port}`;
  const path = `/api/${proxyId}/x`;
  const names = ['X-Forwarded-Host', 'X-Host', 'X-Original-URL', 'X-Rewrite-URL', 'Forwarded', 'X-HTTP-Host-Override'];
  const answers = await Promise.all([
    exchange(`http://${elsewhere}${path}`),
    exchange(path, [`Host: ${elsewhere}`]),
    exchange(`http://${elsewhere}${path}`, [`Host: ${elsewhere}`]),
    exchange(`//${elsewhere}${path}`),
    exchange(`${path}`, ['Connection: authorization, host']),
  ]);
  expectUnharmed(answers);
  const headed = await inLanes(names, (name) => exchange(path, [`${name}: http://${elsewhere}/`]));
  expect(headed.filter((answer) => answer.startsWith('HTTP/1.1 200'))).toHaveLength(names.length);
  expect(canary.came).toEqual([]);
  expect(target.heads.every((head) => head.includes(`Host: 127.0.0.1:${target.port}`))).toBe(true);
  target.heads.length = 0;
}, 120_000);

test('a header value or a parameter that tries to start a line stays inside its own', async () => {
  expect(injectionStrings.length).toBeGreaterThanOrEqual(MIN_ATTACKS);
  const path = `/api/${proxyId}/x`;
  // A line end of the caller's own begins a line of the caller's own: what is not one of those must not become one.
  const isOneLine = (text: string) => !/[\r\n]/.test(text);
  const headed = await inLanes(injectionStrings.filter(isOneLine), (text) => exchange(path, [`X-Mine-Value: ${text}`]));
  expectUnharmed(headed);
  const asked = await inLanes(injectionStrings, (text) =>
    exchange(`${path}?q=${encodeURIComponent(text.toWellFormed())}&${encodeURIComponent(text.toWellFormed())}`),
  );
  expect(asked.filter((answer) => answer.startsWith('HTTP/1.1 200'))).toHaveLength(injectionStrings.length);
  expectUnharmed(asked);
}, 120_000);
