import { MAX_CLOCK_SKEW_MS } from './credit-ledger.model.ts';
import { uuidV7TimeMs } from './reference-time.model.ts';

/** References kept in memory, about 100 bytes each. An object books at most some hundred a second. */
export const MAX_REMEMBERED_REFERENCES = 100_000;

interface TimedReference extends Record<string, SqlStorageValue> {
  id: number;
  type: string;
  reference: string;
  created_at_ms: number;
}

/** Finds `acquire` entries by their reference without an index on it, which would cost a row at each acquire. */
export interface AcquireReferences {
  /** The journal id booked for a lease id; null when it was never booked. */
  find(reference: string): number | null;
  /** To be told of each new entry, once its transaction stands. */
  booked(reference: string, journalId: number): void;
}

/**
 * The journal's times never go back and an entry is never older than its reference says by more than the allowed skew,
 * so a reference can only stand behind that point. What was read from there on stays in memory.
 */
export function createAcquireReferences(sql: SqlStorage, lastJournalId: number): AcquireReferences {
  const remembered = new Map<string, number>();
  let coveredFromId = lastJournalId + 1;
  let coveredFromMs = Number.POSITIVE_INFINITY;

  /** Reads backwards until entries are older than `sinceMs`; false when that is more than memory may hold. */
  const cover = (sinceMs: number): boolean => {
    const rows = sql.exec<TimedReference>(
      'SELECT id, type, reference, created_at_ms FROM journal WHERE id < ? ORDER BY id DESC',
      coveredFromId,
    );
    for (const row of rows) {
      if (row.created_at_ms < sinceMs) break;
      if (remembered.size >= MAX_REMEMBERED_REFERENCES) return false;
      if (row.type === 'acquire') remembered.set(row.reference, row.id);
      coveredFromId = row.id;
    }
    coveredFromMs = sinceMs;
    return true;
  };

  const scan = (reference: string): number | null => {
    const row = sql
      .exec<{ id: number }>(
        "SELECT id FROM journal WHERE type = 'acquire' AND reference = ? AND id < ?",
        reference,
        coveredFromId,
      )
      .toArray()[0];
    return row?.id ?? null;
  };

  return {
    find: (reference) => {
      const known = remembered.get(reference);
      if (known !== undefined) return known;
      const madeAtMs = uuidV7TimeMs(reference);
      if (madeAtMs === null || coveredFromId <= 1) return null;
      const sinceMs = madeAtMs - MAX_CLOCK_SKEW_MS;
      if (sinceMs >= coveredFromMs) return null;
      return cover(sinceMs) ? (remembered.get(reference) ?? null) : scan(reference);
    },
    booked: (reference, journalId) => {
      if (remembered.size >= MAX_REMEMBERED_REFERENCES) {
        remembered.clear();
        coveredFromId = journalId;
        coveredFromMs = Number.POSITIVE_INFINITY;
      }
      remembered.set(reference, journalId);
    },
  };
}
