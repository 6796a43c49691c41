import { DurableObject } from 'cloudflare:workers';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import type { RequestEntry, RequestFilters, RequestPage, StoredRequest } from '../requests/request-log.types.ts';
import { createRequestRing, REQUEST_RING_STATEMENTS } from '../requests/request-ring.ts';
import type { ProcessLogLine, ProcessName } from './log-book.types.ts';

/** Kept of each process, newest first (contract, "Ops face": at least 1,000). */
export const MAX_LINES_PER_PROCESS = 1_000;
/** Trimmed only this far beyond the limit, so that most appends delete nothing. */
const TRIM_SLACK_LINES = 100;

const migrations = [
  {
    id: '0001-lines',
    statements: `CREATE TABLE lines (
      id INTEGER PRIMARY KEY AUTOINCREMENT, process TEXT NOT NULL, level TEXT NOT NULL,
      message TEXT NOT NULL, at_ms INTEGER NOT NULL
    );
    CREATE INDEX lines_by_process ON lines (process, id);`,
  },
  { id: '0002-requests', statements: REQUEST_RING_STATEMENTS },
];

type StoredLine = { process: ProcessName; level: ProcessLogLine['level']; message: string; at_ms: number };

/** Rings: in one object what the background processes did, in the others the proxied requests of some accounts. */
export class LogBook extends DurableObject<Env> {
  readonly #requests = createRequestRing(this.ctx.storage.sql);

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    void state.blockConcurrencyWhile(async () => runMigrations(state.storage, migrations));
  }

  async append(lines: ProcessLogLine[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      const { sql } = this.ctx.storage;
      for (const line of lines) {
        const columns = [line.process, line.level, line.message, line.atMs] as const;
        sql.exec('INSERT INTO lines (process, level, message, at_ms) VALUES (?, ?, ?, ?)', ...columns);
      }
      for (const process of new Set(lines.map((line) => line.process))) this.#trim(process);
    });
  }

  /** The newest lines of a process, oldest first. */
  async newest(process: ProcessName, maxLines: number): Promise<ProcessLogLine[]> {
    return this.ctx.storage.sql
      .exec<StoredLine>(
        'SELECT process, level, message, at_ms FROM lines WHERE process = ? ORDER BY id DESC LIMIT ?',
        process,
        maxLines,
      )
      .toArray()
      .reverse()
      .map(({ at_ms, ...line }) => ({ ...line, atMs: at_ms }));
  }

  async appendRequest(entry: RequestEntry): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#requests.append(entry));
  }

  async listRequests(filters: RequestFilters, limit: number): Promise<RequestPage> {
    return this.#requests.list(filters, limit);
  }

  async findRequest(id: string, accountId: string | null): Promise<StoredRequest | null> {
    return this.#requests.find(id, accountId);
  }

  #trim(process: ProcessName): void {
    const { sql } = this.ctx.storage;
    const { kept } = sql.exec<{ kept: number }>('SELECT COUNT(*) AS kept FROM lines WHERE process = ?', process).one();
    if (kept <= MAX_LINES_PER_PROCESS + TRIM_SLACK_LINES) return;
    sql.exec(
      'DELETE FROM lines WHERE process = ?1 AND id <= (SELECT id FROM lines WHERE process = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)',
      process,
      MAX_LINES_PER_PROCESS,
    );
  }
}
