import type { DebitResult, DebitType } from '../../accounts/credits/credit-ledger.types.ts';
import type { FlowPorts } from './flow-ports.ts';
import type { ChargeRefusal, LeaseGranted, LeaseIdempotency, LeaseView } from './lease-book.types.ts';
import { confirm, doubt, drop } from './lease-charge.model.ts';

/** Who pays, and by which request. */
export interface Payer {
  accountId: string;
  /** Null for the built-in admin. */
  apiKeyId: string | null;
  idempotency: LeaseIdempotency | null;
}

/** What is written in the book and to be paid for. */
export interface Due {
  reference: string;
  amount: number;
  type: DebitType;
  description: string;
  /** The answer when it is paid. */
  view: LeaseView;
}

function replay(stored: { answer: string; balance: number }): LeaseGranted {
  const lease: LeaseView = JSON.parse(stored.answer);
  return { ok: true, lease, creditsRemaining: stored.balance, replayed: true };
}

/** The first answer to a key, a refusal of it, or null when the key is new. */
export async function answerBefore(
  ports: FlowPorts,
  { accountId, apiKeyId }: Payer,
  { key, bodyHash }: LeaseIdempotency,
): Promise<LeaseGranted | ChargeRefusal | null> {
  try {
    const found = await ports.ledgerOf(accountId).lookupAnswer({ key, bodyHash, apiKeyId });
    if (!found.ok) return found;
    return found.outcome === 'replayed' ? replay(found) : null;
  } catch {
    return { ok: false, code: 'UNAVAILABLE' };
  }
}

function toRefusal(result: Extract<DebitResult, { ok: false }>): ChargeRefusal {
  return result.code === 'VOID' || result.code === 'INVALID_REQUEST' ? { ok: false, code: 'UNAVAILABLE' } : result;
}

/** Has what is pending charged; it becomes the caller's, or it never was. */
export async function charge(ports: FlowPorts, payer: Payer, due: Due): Promise<LeaseGranted | ChargeRefusal> {
  const { view, ...debit } = due;
  const { accountId, apiKeyId, idempotency } = payer;
  let result: DebitResult;
  try {
    result = await ports.ledgerOf(accountId).debit({
      ...debit,
      apiKeyId,
      idempotency: idempotency && { ...idempotency, answer: JSON.stringify(view) },
    });
  } catch {
    ports.run((state) => doubt(state, due.reference));
    ports.settleSoon();
    return { ok: false, code: 'UNAVAILABLE' };
  }
  if (result.ok && result.outcome === 'granted') {
    ports.run((state) => confirm(state, due.reference));
    return { ok: true, lease: view, creditsRemaining: result.balance, replayed: false };
  }
  ports.run((state, nowMs) => drop(state, [due.reference], nowMs));
  if (!result.ok) return toRefusal(result);
  const { reference } = result;
  ports.run((state) => confirm(state, reference));
  return replay(result);
}
