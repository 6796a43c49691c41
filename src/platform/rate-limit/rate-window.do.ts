import { DurableObject } from 'cloudflare:workers';
import { runMigrations } from '../durable/do-migrations.ts';
import { decideRate, type RateDecision, type RateLimit, windowStartMs } from './rate-window.model.ts';

/** How long after the last hit a sweep of ended windows runs: storage stays bounded without a row a hit. */
const SWEEP_AFTER_MS = 60 * 60 * 1000;

const migrations = [
  {
    id: '0001-windows',
    statements: `CREATE TABLE windows (
      limit_name TEXT NOT NULL, subject TEXT NOT NULL, started_at INTEGER NOT NULL,
      ends_at INTEGER NOT NULL, hits INTEGER NOT NULL,
      PRIMARY KEY (limit_name, subject)
    ) WITHOUT ROWID`,
  },
];

/** Counts hits exactly, for the subjects whose hash leads here. */
export class RateWindow extends DurableObject<Env> {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    void state.blockConcurrencyWhile(async () => runMigrations(state.storage, migrations));
  }

  /** Counts `wanted` hits of a subject, or as many as the limit grants. `nowMs` comes from the caller's clock. */
  async hit(limit: RateLimit, subject: string, nowMs: number, wanted = 1): Promise<RateDecision> {
    const startedAtMs = windowStartMs(limit, nowMs);
    const decision = this.ctx.storage.transactionSync(() => {
      const { sql } = this.ctx.storage;
      const [row] = sql
        .exec<{ started_at: number; hits: number }>(
          'SELECT started_at, hits FROM windows WHERE limit_name = ? AND subject = ?',
          limit.name,
          subject,
        )
        .toArray();
      const hitsBefore = row?.started_at === startedAtMs ? row.hits : 0;
      const judged = decideRate(limit, hitsBefore, nowMs, wanted);
      if (judged.allowed) {
        sql.exec(
          'INSERT OR REPLACE INTO windows (limit_name, subject, started_at, ends_at, hits) VALUES (?, ?, ?, ?, ?)',
          limit.name,
          subject,
          startedAtMs,
          startedAtMs + limit.windowMs,
          hitsBefore + judged.granted,
        );
      }
      return judged;
    });
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(nowMs + SWEEP_AFTER_MS);
    return decision;
  }

  /** Answers when the object and its storage work: part of /health. */
  async ping(): Promise<'pong'> {
    this.ctx.storage.sql.exec('SELECT 1').one();
    return 'pong';
  }

  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    this.ctx.storage.sql.exec('DELETE FROM windows WHERE ends_at <= ?', nowMs);
    const [left] = this.ctx.storage.sql.exec('SELECT 1 FROM windows LIMIT 1').toArray();
    if (left) await this.ctx.storage.setAlarm(nowMs + SWEEP_AFTER_MS);
  }
}
