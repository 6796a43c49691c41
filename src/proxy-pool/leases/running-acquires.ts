import type { AcquireRequest, AcquireResult } from './lease-book.types.ts';

/** Requests with one key that wait for the first of them; more is an attack or a loop. */
export const MAX_JOINED_REQUESTS = 1_000;

interface RunningAcquire {
  bodyHash: string;
  result: Promise<AcquireResult>;
  joined: number;
}

/** Lets requests with the same account and key that run at the same time share the first one's answer. */
export function createRunningAcquires(start: (request: AcquireRequest) => Promise<AcquireResult>) {
  const running = new Map<string, RunningAcquire>();

  const begin = async (name: string, request: AcquireRequest, bodyHash: string): Promise<AcquireResult> => {
    const result = start(request);
    running.set(name, { bodyHash, result, joined: 0 });
    try {
      return await result;
    } finally {
      running.delete(name);
    }
  };

  /** Joins what runs with the request's key, or starts it. */
  return async (request: AcquireRequest): Promise<AcquireResult> => {
    const { idempotency } = request;
    if (idempotency === null) return start(request);
    const name = JSON.stringify([request.accountId, idempotency.key]);
    // Each turn of this loop waited for a first request whose caller left the queue; there are at most so many.
    for (let turn = 0; turn <= MAX_JOINED_REQUESTS; turn += 1) {
      const first = running.get(name);
      if (first === undefined) return begin(name, request, idempotency.bodyHash);
      if (first.bodyHash !== idempotency.bodyHash) return { ok: false, code: 'IDEMPOTENCY_KEY_REUSED' };
      if (first.joined >= MAX_JOINED_REQUESTS) break;
      first.joined += 1;
      const result = await first.result;
      if (result.ok) return { ...result, replayed: true };
      if (result.code !== 'LEFT') return result;
    }
    return { ok: false, code: 'IDEMPOTENCY_IN_FLIGHT' };
  };
}
