import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { FirstByteTimeout, fetchWithin } from '../../src/gateway/forward/upstream.ts';

const silent = env.TEST_PEERS.net.silent ?? { host: '', port: 0 };
const url = new URL(`http://${silent.host}:${silent.port}/`);
const nothing = { content: null, contentLength: null, sent: Promise.resolve() };

it('waits so long for the first byte and no longer, and asks a silent target once', async () => {
  let asked = 0;
  const counted = (target: URL, init: RequestInit) => {
    asked += 1;
    return fetch(target, init);
  };
  await expect(fetchWithin(counted, url, { method: 'GET' }, nothing, 50)).rejects.toBeInstanceOf(FirstByteTimeout);
  expect(asked).toBe(1);
});

it('begins to wait when all of the request is sent, and never when the caller has left before', async () => {
  const still = { ...nothing, sent: new Promise<void>(() => undefined) };
  const answer = fetchWithin(fetch, url, { method: 'GET' }, still, 1);
  expect(await Promise.race([answer.catch(() => 'over'), scheduler.wait(200).then(() => 'waiting')])).toBe('waiting');
  let send = () => {};
  const late = {
    ...nothing,
    sent: new Promise<void>((resolve) => {
      send = resolve;
    }),
  };
  const timed = fetchWithin(fetch, url, { method: 'GET' }, late, 1);
  send();
  await expect(timed).rejects.toBeInstanceOf(FirstByteTimeout);
});
