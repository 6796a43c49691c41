import { expect, it } from 'vitest';
import { decideCredit, type LedgerFacts } from '../../../src/accounts/credits/credit-ledger.model.ts';

const REFERENCE = 'refund:1';
const NOW_MS = 1_000_000;
const request = { amount: 1, type: 'refund', description: 'Refund', reference: REFERENCE } as const;

function facts(told: Partial<LedgerFacts>): LedgerFacts {
  return {
    lastEntry: () => null,
    entryOf: () => null,
    isVoid: () => false,
    answerOf: () => null,
    isKeyRevoked: () => false,
    isDisabled: () => false,
    refundsSince: () => 0,
    maxRefundsPerDay: () => 1,
    ...told,
  };
}

// So rare among random commands that no number of runs may be promised to find it.
it('a refund that was refused stays refused when its first try arrives after the day', () => {
  expect(decideCredit(facts({}), request, NOW_MS).result).toMatchObject({ ok: true, balance: 1 });
  const refused = decideCredit(facts({ refundsSince: () => 1 }), request, NOW_MS);
  expect(refused).toEqual({
    result: { ok: false, code: 'TOO_MANY_REFUNDS' },
    writes: [{ kind: 'void', reference: REFERENCE, createdAtMs: NOW_MS }],
  });
  const late = decideCredit(facts({ isVoid: (reference) => reference === REFERENCE }), request, NOW_MS);
  expect(late).toEqual({ result: { ok: false, code: 'TOO_MANY_REFUNDS' }, writes: [] });
});
