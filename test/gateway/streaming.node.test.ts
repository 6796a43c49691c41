import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childrenRunning, residentMib } from '../../bench/measure/process-figures.ts';
import { startGatewayPeers } from '../support/gateway-peers.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const LARGE_BYTES = 100 * 1_024 * 1_024;
/** What passes is never in memory: a tenth of it is more than any buffer on the way has. */
const MAX_GROWTH_MIB = 10;
const PIECE = Buffer.alloc(64 * 1_024, 'x');

let worker: WorkerProcess;
let peers: Awaited<ReturnType<typeof startGatewayPeers>>;
let workerdPid = 0;
let proxyUrl = '';

async function create(plural: string, json: object): Promise<string> {
  const { body: account } = await worker.call<{ client_id: string }>('GET', '/account');
  const path = `/api/clients/${account.client_id}/${plural}`;
  const { status, body } = await worker.call<Record<string, { sKey: string }[]>>('POST', path, json);
  expect([plural, status]).toEqual([plural, 201]);
  return body[plural]?.[0]?.sKey ?? '';
}

beforeAll(async () => {
  const before = await childrenRunning(process.pid, 'workerd');
  [worker, peers] = await Promise.all([startWorkerProcess(), startGatewayPeers()]);
  [workerdPid = 0] = (await childrenRunning(process.pid, 'workerd')).filter((pid) => !before.includes(pid));
  const bearer = { credentialRegion: 'us-east-1', credentialAuthType: 'bearer' };
  const caller = { ...bearer, credentialName: 'caller', credentialType: 'proxy', credentialSecret: { token: 'shown' } };
  const vault = { ...bearer, credentialName: 'vault', credentialType: 'target', credentialSecret: { token: 'kept' } };
  const proxyId = await create('proxies', {
    proxyName: 'large',
    proxyRegion: 'us-east-1',
    proxyProxyCredentialId: await create('credentials', caller),
    proxyTargetCredentialId: await create('credentials', vault),
    proxyTargetId: await create('targets', {
      targetName: 'target',
      targetRegion: 'us-east-1',
      targetBaseURL: peers.addresses.targetUrl,
    }),
  });
  proxyUrl = `${worker.baseUrl}/api/${proxyId}`;
}, 180_000);

afterAll(async () => {
  await worker?.stop();
  await peers?.close();
});

/** Opens a request as a client's socket has it. */
function open(path: string, method: string, headers: Record<string, string | number> = {}) {
  return httpRequest(`${proxyUrl}${path}`, { method, headers: { authorization: 'Bearer shown', ...headers } });
}

async function answerOf(outgoing: ReturnType<typeof open>): Promise<IncomingMessage> {
  const [answer]: IncomingMessage[] = await once(outgoing, 'response');
  if (!answer) throw new Error('no answer');
  return answer;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer.setEncoding('utf8')) text += piece;
  return text;
}

/** By how much the memory of workerd grows while something is done, at most, in MiB. */
async function growthMib(work: () => Promise<unknown>): Promise<number> {
  const before = await residentMib(workerdPid);
  let most = before;
  const sampling = new AbortController();
  const samples = (async () => {
    while (!sampling.signal.aborted) {
      most = Math.max(most, await residentMib(workerdPid));
      await delay(20);
    }
  })();
  await work();
  sampling.abort();
  await samples;
  return most - before;
}

async function download(bytes: number): Promise<void> {
  const outgoing = open(`/pour?bytes=${bytes}`, 'GET');
  outgoing.end();
  const answer = await answerOf(outgoing);
  expect([answer.statusCode, answer.headers['content-length']]).toEqual([200, String(bytes)]);
  let got = 0;
  answer.on('data', (piece: Buffer) => {
    got += piece.byteLength;
  });
  await finished(answer);
  expect(got).toBe(bytes);
}

async function upload(bytes: number, headers: Record<string, string | number>): Promise<void> {
  const outgoing = open('/pieces', 'POST', headers);
  const answering = answerOf(outgoing);
  for (let left = bytes; left > 0; left -= PIECE.byteLength) {
    if (!outgoing.write(PIECE.subarray(0, left))) await once(outgoing, 'drain');
  }
  outgoing.end();
  const answer = await answering;
  expect(answer.statusCode).toBe(200);
  expect(JSON.parse(await textOf(answer))).toMatchObject({ bytes });
}

test('100 MiB come down, and go up, in constant memory; a body without a length goes up, too', async () => {
  await download(8 * 1_024 * 1_024);
  await upload(8 * 1_024 * 1_024, {});
  expect(await growthMib(() => download(LARGE_BYTES))).toBeLessThan(MAX_GROWTH_MIB);
  expect(await growthMib(() => upload(LARGE_BYTES, { 'content-length': LARGE_BYTES }))).toBeLessThan(MAX_GROWTH_MIB);
}, 300_000);

test('a slow body reaches the target while it is sent, and the answer its caller while the body still is', async () => {
  const outgoing = open('/both-ways', 'POST');
  const answering = answerOf(outgoing);
  outgoing.write('one');
  const answer = await answering;
  const pieces = answer.setEncoding('utf8')[Symbol.asyncIterator]();
  expect((await pieces.next()).value).toBe('3 ');
  outgoing.write('three');
  expect((await pieces.next()).value).toBe('5 ');
  outgoing.end();
  expect((await pieces.next()).value).toBe('end');
});

test('a client that asks first whether it may send a body is told to go on', async () => {
  const outgoing = open('/pieces', 'PUT', { expect: '100-continue', 'content-length': 4 });
  const answering = answerOf(outgoing);
  outgoing.flushHeaders();
  await once(outgoing, 'continue');
  outgoing.end('body');
  const seen = JSON.parse(await textOf(await answering));
  expect(seen).toMatchObject({ bytes: 4, length: '4' });
  expect(seen).not.toHaveProperty('expect');
});

test('a caller that hangs up ends the call at the target, too', async () => {
  const outgoing = open('/endless?who=me', 'GET');
  outgoing.end();
  const answer = await answerOf(outgoing);
  await once(answer, 'data');
  answer.destroy();
  const gone = async () => (await (await fetch(`${peers.addresses.targetUrl}/gone`)).json()) as string[];
  await expect.poll(gone, { timeout: 10_000 }).toContain('/endless?who=me');
});
