import { expect, it } from 'vitest';
import type { AcquireRequest, AcquireResult } from '../../../src/proxy-pool/leases/lease-book.types.ts';
import { createRunningAcquires, MAX_JOINED_REQUESTS } from '../../../src/proxy-pool/leases/running-acquires.ts';

const request: AcquireRequest = {
  accountId: 'account',
  apiKeyId: 'key',
  filters: { protocol: null, country: null, anonymity: null, minScore: null },
  leaseDurationMs: 60_000,
  waitMs: 0,
  maxLiveLeases: 10,
  idempotency: { key: 'one', bodyHash: 'body' },
  waiterId: null,
};

/** Acquires that end when they are told to, in the order in which they began. */
function heldAcquires() {
  const started: ((result: AcquireResult) => void)[] = [];
  const acquire = createRunningAcquires(() => new Promise((resolve) => started.push(resolve)));
  return { acquire, started };
}

const refused: AcquireResult = { ok: false, code: 'NO_MATCHING_PROXY' };

it('a thousand share the answer of the first with their key; one more is told that it still runs, and to come again', async () => {
  const { acquire, started } = heldAcquires();
  const first = acquire(request);
  const joined = Array.from({ length: MAX_JOINED_REQUESTS }, () => acquire(request));
  expect(await acquire(request)).toEqual({ ok: false, code: 'IDEMPOTENCY_IN_FLIGHT' });
  expect(await acquire({ ...request, idempotency: { key: 'one', bodyHash: 'other' } })).toEqual({
    ok: false,
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
  expect(started).toHaveLength(1);
  started[0]?.(refused);
  expect(await first).toEqual(refused);
  expect(new Set(await Promise.all(joined))).toEqual(new Set([refused]));
});

it('who waits behind one that left the queue tries for itself; another account’s same key is another key', async () => {
  const { acquire, started } = heldAcquires();
  const first = acquire(request);
  const second = acquire(request);
  const others = acquire({ ...request, accountId: 'other' });
  expect(started).toHaveLength(2);
  started[1]?.(refused);
  expect(await others).toEqual(refused);
  started[0]?.({ ok: false, code: 'LEFT' });
  expect(await first).toEqual({ ok: false, code: 'LEFT' });
  await expect.poll(() => started.length).toBe(3);
  started[2]?.(refused);
  expect(await second).toEqual(refused);
});
