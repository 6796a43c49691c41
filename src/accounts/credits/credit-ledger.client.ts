import { callStub, type StubCallOptions } from '../../platform/durable/stub-call.ts';
import type { CreditLedger } from './credit-ledger.do.ts';
import type {
  AnswerLookup,
  CreditRequest,
  CreditResult,
  DebitRequest,
  DebitResult,
  Done,
  LedgerSummary,
  SettleResult,
  TransactionsResult,
} from './credit-ledger.types.ts';

export type CreditLedgerClient = ReturnType<typeof createCreditLedgerClient>;

/**
 * The one way to an account's ledger; the object is named by the account's id. Every method may be tried again: debits
 * and credits happen once for their reference. Throws `UNAVAILABLE` when the ledger can't be reached.
 */
export function createCreditLedgerClient(
  namespace: DurableObjectNamespace<CreditLedger>,
  accountId: string,
  options: StubCallOptions = {},
) {
  const stub = () => namespace.getByName(accountId);
  return {
    debit: (request: DebitRequest) => {
      let attempt = 0;
      const tryOnce = async (ledger: DurableObjectStub<CreditLedger>): Promise<DebitResult> => {
        attempt += 1;
        return ledger.debit({ ...request, attempt });
      };
      return callStub(stub, tryOnce, options);
    },
    lookupAnswer: (request: { key: string; bodyHash: string; apiKeyId: string | null }) =>
      callStub(stub, async (ledger): Promise<AnswerLookup> => ledger.lookupAnswer(request), options),
    settle: (references: readonly string[]) =>
      callStub(stub, async (ledger): Promise<SettleResult> => ledger.settle({ references }), options),
    credit: (request: CreditRequest) =>
      callStub(stub, async (ledger): Promise<CreditResult> => ledger.credit(request), options),
    transactions: (request: { limit: number; beforeId?: number | null }) =>
      callStub(stub, async (ledger): Promise<TransactionsResult> => ledger.transactions(request), options),
    summary: () => callStub(stub, async (ledger): Promise<LedgerSummary> => ledger.summary(), options),
    revokeKey: (apiKeyId: string) =>
      callStub(stub, async (ledger): Promise<Done> => ledger.revokeKey({ apiKeyId }), options),
    setDisabled: (disabled: boolean) =>
      callStub(stub, async (ledger): Promise<Done> => ledger.setDisabled({ disabled }), options),
  };
}
