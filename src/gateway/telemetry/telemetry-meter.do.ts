import { DurableObject } from 'cloudflare:workers';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import { createLogger, describeError } from '../../platform/log/logger.ts';
import { addCall, emptyTallies, intervalStartMs, nextEwma } from './telemetry.model.ts';
import type { Bucket, CallMeasure } from './telemetry.types.ts';
import { flushMinutes } from './telemetry-flush.ts';

/** Counts reach D1 so long after the first of them; who asks for them gets them at once (`flush`). */
export const FLUSH_AFTER_MS = 30_000;
/** A call is counted in its own minute if it is told within this time, else in the oldest minute that still takes any. */
const MAX_LATE_MS = 2 * 60_000;
/** Minutes stay here until nothing can come to them any more, and ids of batches as long as one may be sent again. */
const KEPT_MS = 10 * 60_000;

const migrations = [
  {
    id: '0001-minutes',
    statements: `CREATE TABLE minutes (
      started_at INTEGER PRIMARY KEY, tallies TEXT NOT NULL, ewma_seconds REAL NOT NULL,
      revision INTEGER NOT NULL, flushed_revision INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE batches (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE meter (proxy_id TEXT PRIMARY KEY, ewma_seconds REAL NOT NULL) WITHOUT ROWID;`,
  },
];

type StoredMinute = { started_at: number; tallies: string; ewma_seconds: number; revision: number };

const bucketOf = (row: StoredMinute): Bucket => ({
  startedAtMs: row.started_at,
  tallies: JSON.parse(row.tallies),
  ewmaSeconds: row.ewma_seconds,
  revision: row.revision,
});

/** Counts the calls of one gateway proxy by minute, and hands the minutes to D1. */
export class TelemetryMeter extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    void state.blockConcurrencyWhile(async () => runMigrations(state.storage, migrations));
  }

  /** Counts calls, once for each batch id, however often it is sent. */
  async record(proxyId: string, batchId: string, measures: CallMeasure[]): Promise<void> {
    const nowMs = Date.now();
    this.ctx.storage.transactionSync(() => {
      const isNew = this.#sql.exec('INSERT OR IGNORE INTO batches VALUES (?, ?)', batchId, nowMs).rowsWritten > 0;
      if (isNew) this.#count(proxyId, measures, nowMs);
    });
    await this.#ringBefore(nowMs + FLUSH_AFTER_MS);
  }

  /** Brings D1 up to date with everything that was counted. */
  async flush(): Promise<void> {
    const [meter] = this.#sql.exec<{ proxy_id: string }>('SELECT proxy_id FROM meter').toArray();
    const changed = this.#sql
      .exec<StoredMinute>('SELECT * FROM minutes WHERE revision > flushed_revision ORDER BY started_at')
      .toArray()
      .map(bucketOf);
    if (!meter || changed.length === 0) return;
    if (!(await flushMinutes(this.env.DB, meter.proxy_id, changed))) {
      this.#sql.exec('DELETE FROM minutes; DELETE FROM batches; DELETE FROM meter');
      return;
    }
    for (const { startedAtMs, revision } of changed) {
      this.#sql.exec('UPDATE minutes SET flushed_revision = ? WHERE started_at = ?', revision, startedAtMs);
    }
  }

  override async alarm(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      createLogger().error('telemetry not handed over', describeError(error));
    } finally {
      this.#forget(Date.now() - KEPT_MS);
      const [unflushed] = this.#sql.exec('SELECT 1 FROM minutes WHERE revision > flushed_revision LIMIT 1').toArray();
      const [kept] = this.#sql.exec('SELECT 1 FROM minutes UNION ALL SELECT 1 FROM batches LIMIT 1').toArray();
      if (kept) await this.#ringBefore(Date.now() + (unflushed ? FLUSH_AFTER_MS : KEPT_MS));
    }
  }

  async #ringBefore(atMs: number): Promise<void> {
    const ringsAtMs = await this.ctx.storage.getAlarm();
    if (ringsAtMs === null || ringsAtMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  #count(proxyId: string, measures: readonly CallMeasure[], nowMs: number): void {
    const [meter] = this.#sql.exec<{ ewma_seconds: number }>('SELECT ewma_seconds FROM meter').toArray();
    let ewmaSeconds = meter?.ewma_seconds ?? null;
    const minutes = new Map<number, Bucket>();
    for (const measure of measures) {
      const countedAtMs = Math.min(nowMs, Math.max(measure.atMs, nowMs - MAX_LATE_MS));
      const startedAtMs = intervalStartMs('minute', countedAtMs);
      const minute = minutes.get(startedAtMs) ?? this.#minute(startedAtMs);
      minutes.set(startedAtMs, minute);
      ewmaSeconds = nextEwma(ewmaSeconds, measure.proxy.seconds);
      addCall(minute.tallies, measure);
      minute.ewmaSeconds = ewmaSeconds;
      minute.revision += 1;
    }
    if (ewmaSeconds === null) return;
    this.#sql.exec('INSERT OR REPLACE INTO meter VALUES (?, ?)', proxyId, ewmaSeconds);
    for (const minute of minutes.values()) {
      this.#sql.exec(
        `INSERT INTO minutes (started_at, tallies, ewma_seconds, revision) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (started_at) DO UPDATE SET tallies = ?2, ewma_seconds = ?3, revision = ?4`,
        minute.startedAtMs,
        JSON.stringify(minute.tallies),
        minute.ewmaSeconds,
        minute.revision,
      );
    }
  }

  #minute(startedAtMs: number): Bucket {
    const [row] = this.#sql.exec<StoredMinute>('SELECT * FROM minutes WHERE started_at = ?', startedAtMs).toArray();
    return row ? bucketOf(row) : { startedAtMs, tallies: emptyTallies(), ewmaSeconds: 0, revision: 0 };
  }

  /** What D1 has, and nothing can come to any more. */
  #forget(beforeMs: number): void {
    this.#sql.exec('DELETE FROM minutes WHERE started_at < ? AND flushed_revision = revision', beforeMs);
    this.#sql.exec('DELETE FROM batches WHERE at < ?', beforeMs);
  }
}
