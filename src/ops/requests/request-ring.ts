import { positionOfRequestId } from './request-id.model.ts';
import type { KeptSummary, RequestEntry, RequestFilters, RequestPage, StoredRequest } from './request-log.types.ts';

/** Kept of each account, the newest (contract, "Ops face"), whatever the others of its shard do. */
export const MAX_REQUESTS_PER_ACCOUNT = 1_000;
/** Kept of all accounts of a shard: some 80 MB at 4 KB each. */
export const MAX_REQUESTS_PER_SHARD = 20_000;
/** Trimmed only this far beyond a limit, so that most appends delete nothing. */
const TRIM_SLACK_REQUESTS = 100;

/** Schema step of the object. The headers and bodies stand apart: lists don't read them. */
export const REQUEST_RING_STATEMENTS = `
  CREATE TABLE requests (
    position INTEGER PRIMARY KEY AUTOINCREMENT, account_id TEXT NOT NULL, face TEXT NOT NULL,
    subdomain TEXT NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL, status_code INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL, remote_address TEXT, tag TEXT, detail TEXT NOT NULL
  );
  CREATE INDEX requests_by_account ON requests (account_id, position);`;

/** Schema step of the object: up to which position all is gone, of whatever account, by age or by number. */
export const REQUESTS_FORGOTTEN_STATEMENTS = `
  CREATE TABLE requests_forgotten (through INTEGER NOT NULL);
  INSERT INTO requests_forgotten VALUES (0);`;

/** Eleven values each, of the hundred that a statement of an object may have. */
const MAX_INSERTED_ROWS = 9;

function insertionOf(rows: number): string {
  const places = Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return `INSERT INTO requests (account_id, face, subdomain, method, url, status_code, started_at_ms, duration_ms,
    remote_address, tag, detail) VALUES ${places.join(', ')} RETURNING position`;
}

const SUMMARY_COLUMNS = `position, account_id AS accountId, face, subdomain, method, url, status_code AS statusCode,
  started_at_ms AS startedAtMs, duration_ms AS durationMs, remote_address AS remoteAddress, tag`;

function whereOf({ accountId, subdomain, method, minStatus, maxStatus }: RequestFilters) {
  const conditions: [sql: string, value: string | number | null | undefined][] = [
    ['account_id = ?', accountId],
    ['subdomain = ?', subdomain],
    ['method = ?', method],
    ['status_code >= ?', minStatus],
    ['status_code <= ?', maxStatus],
  ];
  const used = conditions.filter(([, value]) => value !== undefined && value !== null);
  return {
    where: used.length === 0 ? '' : `WHERE ${used.map(([condition]) => condition).join(' AND ')}`,
    values: used.map(([, value]) => value ?? null),
  };
}

/** Writes the proxied requests of the accounts of one shard, in an object's own database. */
export function createRequestRing(sql: SqlStorage) {
  function trimAccount(accountId: string): void {
    const over = MAX_REQUESTS_PER_ACCOUNT + TRIM_SLACK_REQUESTS;
    const beyond = sql.exec('SELECT 1 FROM requests WHERE account_id = ? LIMIT 1 OFFSET ?', accountId, over).toArray();
    if (beyond.length === 0) return;
    sql.exec(
      `DELETE FROM requests WHERE account_id = ?1 AND position <=
         (SELECT position FROM requests WHERE account_id = ?1 ORDER BY position DESC LIMIT 1 OFFSET ?2)`,
      accountId,
      MAX_REQUESTS_PER_ACCOUNT,
    );
  }

  /** Deletes the oldest; returns how many. */
  function forgetThrough(position: number): number {
    const deleted = sql.exec('DELETE FROM requests WHERE position <= ? RETURNING 1', position).toArray().length;
    sql.exec('UPDATE requests_forgotten SET through = ?', position);
    return deleted;
  }

  function trimShard(): void {
    const [beyond] = sql
      .exec<{ position: number }>(
        'SELECT position FROM requests ORDER BY position DESC LIMIT 1 OFFSET ?',
        MAX_REQUESTS_PER_SHARD,
      )
      .toArray();
    if (beyond) forgetThrough(beyond.position);
  }

  /** In this order, in one statement. */
  function insert(entries: readonly RequestEntry[]): KeptSummary[] {
    const values = entries.flatMap((entry) => [
      entry.accountId,
      entry.face,
      entry.subdomain,
      entry.method,
      entry.url,
      entry.statusCode,
      entry.startedAtMs,
      entry.durationMs,
      entry.remoteAddress,
      entry.tag,
      entry.detail,
    ]);
    const positions = sql.exec<{ position: number }>(insertionOf(entries.length), ...values).toArray();
    // They count up by one; in which order they are told is not said.
    const first = Math.min(...positions.map(({ position }) => position));
    return entries.map(({ detail: _detail, ...summary }, index) => ({ ...summary, position: first + index }));
  }

  return {
    /** Adds requests in this order, then forgets what is beyond the limits. */
    append(entries: readonly RequestEntry[]): KeptSummary[] {
      const kept: KeptSummary[] = [];
      for (let start = 0; start < entries.length; start += MAX_INSERTED_ROWS) {
        kept.push(...insert(entries.slice(start, start + MAX_INSERTED_ROWS)));
      }
      for (const accountId of new Set(entries.map((entry) => entry.accountId))) trimAccount(accountId);
      if (kept.some(({ position }) => position % TRIM_SLACK_REQUESTS === 0)) trimShard();
      return kept;
    },

    /** Deletes requests from the oldest up to the first that began later; returns how many. */
    forgetBefore(startedBeforeMs: number): number {
      const { oldest, last, kept } = sql
        .exec<{ oldest: number | null; last: number | null; kept: number | null }>(
          `SELECT (SELECT MIN(position) FROM requests) AS oldest, (SELECT MAX(position) FROM requests) AS last,
            (SELECT position FROM requests WHERE started_at_ms >= ? ORDER BY position LIMIT 1) AS kept`,
          startedBeforeMs,
        )
        .one();
      if (oldest === null || oldest === kept) return 0;
      return forgetThrough(kept === null ? (last ?? 0) : kept - 1);
    },
  };
}

/** What lists, streams and a look at one request need. */
export function createRequestReader(sql: SqlStorage) {
  const forgottenThrough = (): number =>
    sql.exec<{ through: number }>('SELECT through FROM requests_forgotten').one().through;

  const lastPosition = (): number => {
    const { last } = sql.exec<{ last: number | null }>('SELECT MAX(position) AS last FROM requests').one();
    return Math.max(last ?? 0, forgottenThrough());
  };

  return {
    lastPosition,

    /** The newest matches, newest first. */
    list(filters: RequestFilters, limit: number): RequestPage {
      const { where, values } = whereOf(filters);
      const requests = sql
        .exec<KeptSummary & Record<string, SqlStorageValue>>(
          `SELECT ${SUMMARY_COLUMNS} FROM requests ${where} ORDER BY position DESC LIMIT ?`,
          ...values,
          limit,
        )
        .toArray();
      const { matches } = sql
        .exec<{ matches: number }>(`SELECT COUNT(*) AS matches FROM requests ${where}`, ...values)
        .one();
      return { requests, totalCount: matches };
    },

    /** What came after a position, oldest first; of an account, or of all (null). */
    after(position: number, accountId: string | null): KeptSummary[] {
      return sql
        .exec<KeptSummary & Record<string, SqlStorageValue>>(
          `SELECT ${SUMMARY_COLUMNS} FROM requests WHERE position > ?1 AND (?2 IS NULL OR account_id = ?2) ORDER BY position`,
          position,
          accountId,
        )
        .toArray();
    },

    /** Whether requests after a position may be gone already, of an account or of any. */
    hasForgotten(position: number, accountId: string | null): boolean {
      if (position < forgottenThrough()) return true;
      const full = sql
        .exec(
          `SELECT 1 FROM requests WHERE ?1 IS NULL OR account_id = ?1 GROUP BY account_id
           HAVING COUNT(*) >= ?2 AND MIN(position) > ?3 + 1`,
          accountId,
          MAX_REQUESTS_PER_ACCOUNT,
          position,
        )
        .toArray();
      return full.length > 0;
    },

    /** Null when there is none, or when it is not of this account (null: of any). */
    find(id: string, accountId: string | null): StoredRequest | null {
      const [found] = sql
        .exec<StoredRequest & Record<string, SqlStorageValue>>(
          `SELECT ${SUMMARY_COLUMNS}, detail FROM requests WHERE position = ?`,
          positionOfRequestId(id, lastPosition()),
        )
        .toArray();
      if (!found || (accountId !== null && found.accountId !== accountId)) return null;
      return found;
    },
  };
}
