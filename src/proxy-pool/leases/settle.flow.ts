import type { Settlement } from '../../accounts/credits/credit-ledger.types.ts';
import { type FlowPorts, only } from './flow-ports.ts';
import { settle, uncertainReferences } from './lease-charge.model.ts';

/** References asked about in one call to a ledger. */
export const MAX_SETTLE_BATCH = 500;
/** Ledgers asked at once: below the platform's six connections of an object. */
export const MAX_PARALLEL_SETTLES = 4;

async function settleBatch(ports: FlowPorts, accountId: string, references: readonly string[]): Promise<boolean> {
  try {
    const { settlements } = await ports.ledgerOf(accountId).settle(references);
    const withFate = (fate: Settlement) => references.filter((_, index) => settlements[index] === fate);
    ports.run((state, nowMs) => settle(state, { charged: withFate('charged'), void: withFate('void') }, nowMs));
    return settlements.length === references.length;
  } catch {
    return false;
  }
}

/** Asks the ledgers about all that is uncertain, or about one account's. False when some remains uncertain. */
export async function settleLeases(ports: FlowPorts, onlyAccountId?: string): Promise<boolean> {
  const uncertain = ports.run((state) => only(uncertainReferences(state, onlyAccountId)));
  const batches = [...uncertain].flatMap(([accountId, references]) =>
    Array.from({ length: Math.ceil(references.length / MAX_SETTLE_BATCH) }, (_, index) => ({
      accountId,
      references: references.slice(index * MAX_SETTLE_BATCH, (index + 1) * MAX_SETTLE_BATCH),
    })),
  );
  let allSettled = true;
  for (let start = 0; start < batches.length; start += MAX_PARALLEL_SETTLES) {
    const settled = await Promise.all(
      batches
        .slice(start, start + MAX_PARALLEL_SETTLES)
        .map(({ accountId, references }) => settleBatch(ports, accountId, references)),
    );
    allSettled &&= settled.every(Boolean);
  }
  return allSettled;
}
