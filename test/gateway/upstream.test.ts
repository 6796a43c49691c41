import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { fetchWithin, TargetTooSlow } from '../../src/gateway/forward/upstream.ts';

const silent = env.TEST_PEERS.net.silent ?? { host: '', port: 0 };
const url = new URL(`http://${silent.host}:${silent.port}/`);
/** Accepts, and reads nothing of what is sent to it. */
const deaf = new URL(`${env.TEST_PEERS.gateway.targetUrl}/never-reads`);
const nothing = { content: null, contentLength: null };
const soon = { firstByteMs: 50, uploadMs: 60_000 };

function streamed(pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>) {
  return { content: new ReadableStream<Uint8Array>({ pull }), contentLength: null };
}

it('waits so long for the first byte and no longer, and asks a silent target once', async () => {
  let asked = 0;
  const counted = (target: URL, init: RequestInit) => {
    asked += 1;
    return fetch(target, init);
  };
  await expect(fetchWithin(counted, url, { method: 'GET' }, nothing, soon)).rejects.toBeInstanceOf(TargetTooSlow);
  expect(asked).toBe(1);
});

it('begins to wait when all of the request is sent, and never when the caller has left before', async () => {
  let end = () => {};
  const late = streamed(
    (controller) =>
      new Promise((resolve) => {
        end = () => {
          controller.close();
          resolve();
        };
      }),
  );
  const timed = fetchWithin(fetch, url, { method: 'POST' }, late, soon);
  expect(await Promise.race([timed.catch(() => 'over'), scheduler.wait(200).then(() => 'waiting')])).toBe('waiting');
  end();
  await expect(timed).rejects.toBeInstanceOf(TargetTooSlow);
  const broken = streamed(() => Promise.reject(new Error('the caller left')));
  await expect(fetchWithin(fetch, url, { method: 'POST' }, broken, soon)).rejects.not.toBeInstanceOf(TargetTooSlow);
});

it('gives a target that takes nothing of a body so long, and no longer', async () => {
  const endless = streamed((controller) => controller.enqueue(new Uint8Array(65_536)));
  const limits = { firstByteMs: 60_000, uploadMs: 100 };
  await expect(fetchWithin(fetch, deaf, { method: 'POST' }, endless, limits)).rejects.toBeInstanceOf(TargetTooSlow);
});
