import { expect, it } from 'vitest';
import { callStub } from '../../../src/platform/durable/stub-call.ts';

const flagged = (flags: Record<string, boolean>) => Object.assign(new Error('broken'), flags);

/** Calls whose n-th try fails with the n-th error; the stub is the number of the try. */
function calls(errors: readonly (Error | null)[]) {
  const waits: number[] = [];
  let stubs = 0;
  const result = callStub(
    () => {
      stubs += 1;
      return stubs;
    },
    async (stub) => {
      const error = errors[stub - 1];
      if (error) throw error;
      return `stub ${stub}`;
    },
    { random: () => 0.5, wait: async (durationMs) => waits.push(durationMs) },
  );
  return { result, waits, stubs: () => stubs };
}

it('tries a retryable failure again on a new stub, waiting longer each time', async () => {
  const retryable = flagged({ retryable: true });
  const { result, waits } = calls([retryable, retryable, null]);
  expect(await result).toBe('stub 3');
  expect(waits).toEqual([25, 50]);
});

it('gives up after three tries, and at once on an overloaded object or an error that is not retryable', async () => {
  const retryable = flagged({ retryable: true });
  for (const [errors, tries] of [
    [[retryable, retryable, retryable, null], 3],
    [[flagged({ retryable: true, overloaded: true }), null], 1],
    [[new Error('bug'), null], 1],
  ] as const) {
    const made = calls(errors);
    await expect(made.result).rejects.toMatchObject({ code: 'UNAVAILABLE', headers: { 'Retry-After': '1' } });
    expect(made.stubs()).toBe(tries);
  }
});

it('gives results without the disposer of their call, which it has called', async () => {
  let disposed = 0;
  const dispose = { value: () => (disposed += 1), configurable: true };
  const result = await callStub(
    () => null,
    async () => Object.defineProperty({ balance: 3 }, Symbol.dispose, dispose),
  );
  expect([disposed, Symbol.dispose in result, result.balance]).toEqual([1, false, 3]);
});
