import { DurableObject } from 'cloudflare:workers';
import { configOf } from '../../config.ts';
import { createObjectEventRouter } from '../../notifiers/event-router.ts';
import { systemClock } from '../../platform/clock.ts';
import { createAlarmScheduler } from '../../platform/durable/alarm-scheduler.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import { createOutboxFlusher, type OutboxFlusher } from '../../platform/durable/outbox-flusher.ts';
import { createLogger, describeError } from '../../platform/log/logger.ts';
import { type AcquireReferences, createAcquireReferences } from './acquire-references.ts';
import { creditLedgerMigrations } from './credit-ledger.do-migrations.ts';
import {
  decideCredit,
  decideDebit,
  decideLookup,
  decideSettle,
  type LedgerDecision,
  type LedgerFacts,
} from './credit-ledger.model.ts';
import { hasPurgeable, purgeLedger } from './credit-ledger.purge.ts';
import {
  createLedgerFacts,
  readEntries,
  readLastEntry,
  readSpendingGate,
  type SpendingGate,
  writeToLedger,
} from './credit-ledger.storage.ts';
import { decideAndWrite } from './credit-ledger.transaction.ts';
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

/** Answers and voids past their time are removed in bulk, this often while there are any. */
export const PURGE_INTERVAL_MS = 60 * 60 * 1000;
/** One page of a transaction list. */
export const MAX_TRANSACTIONS = 1_000;
/** References settled in one call: an answer well within a second. */
export const MAX_SETTLE_REFERENCES = 5_000;

/** One account's credits. Every method checks and writes inside one transaction; results are unions, not exceptions. */
export class CreditLedger extends DurableObject {
  /** Tests put their own here. */
  clock = systemClock;
  readonly #acquires: AcquireReferences;
  readonly #gate: SpendingGate;
  readonly #facts: LedgerFacts;
  readonly #timers = createAlarmScheduler<'purge' | 'outbox'>();
  readonly #outbox: OutboxFlusher;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    runMigrations(ctx.storage, creditLedgerMigrations);
    this.#acquires = createAcquireReferences(sql, readLastEntry(sql)?.id ?? 0);
    this.#gate = readSpendingGate(sql);
    this.#facts = createLedgerFacts(sql, this.#acquires, this.#gate, () => configOf(env).REFUNDS_PER_DAY);
    this.#outbox = createOutboxFlusher({
      ctx,
      handOver: (events) => createObjectEventRouter(env, (work) => ctx.waitUntil(work)).routeEvents(events),
      schedule: (delayMs) => this.#setTimer('outbox', delayMs),
    });
    void ctx.blockConcurrencyWhile(async () => {
      const alarmAtMs = await ctx.storage.getAlarm();
      this.#timers.alarmWritten(alarmAtMs);
      this.#outbox.started();
      // Without an alarm this start may be the alarm's own ringing: the purge is due.
      if (hasPurgeable(sql)) this.#timers.set('purge', alarmAtMs ?? this.clock.nowMs());
      this.#arm();
    });
  }

  /** Spends credits, once for a reference (`decideDebit`). */
  async debit(request: DebitRequest): Promise<DebitResult> {
    return this.#decide((nowMs) => decideDebit(this.#facts, request, nowMs));
  }

  /** Whether an idempotency key was answered. */
  async lookupAnswer(request: { key: string; bodyHash: string; apiKeyId: string | null }): Promise<AnswerLookup> {
    return decideLookup(this.#facts, request, this.clock.nowMs());
  }

  /** Ends all doubt about debits: `charged`, or void from now on; in the order of the references. */
  async settle(request: { references: readonly string[] }): Promise<SettleResult> {
    const references = request.references.slice(0, MAX_SETTLE_REFERENCES);
    return { ok: true, settlements: this.#decide((nowMs) => decideSettle(this.#facts, references, nowMs)) };
  }

  /** Books a credit or an adjustment, once for a reference. */
  async credit(request: CreditRequest): Promise<CreditResult> {
    return this.#decide((nowMs) => decideCredit(this.#facts, request, nowMs));
  }

  /** Journal entries, newest first. */
  async transactions(request: { limit: number; beforeId?: number | null }): Promise<TransactionsResult> {
    const limit = Math.min(request.limit, MAX_TRANSACTIONS);
    return { ok: true, items: readEntries(this.ctx.storage.sql, limit, request.beforeId ?? null) };
  }

  async summary(): Promise<LedgerSummary> {
    const last = readLastEntry(this.ctx.storage.sql);
    return { ok: true, balance: last?.balanceAfter ?? 0, entries: last?.id ?? 0, disabled: this.#gate.disabled };
  }

  /** From now on nothing is spent with this key. */
  async revokeKey(request: { apiKeyId: string }): Promise<Done> {
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO revoked_keys (api_key_id) VALUES (?)', request.apiKeyId);
    this.#gate.revokedKeyIds.add(request.apiKeyId);
    return { ok: true };
  }

  /** A disabled account spends nothing; credits may still come in. */
  async setDisabled(request: { disabled: boolean }): Promise<Done> {
    const value = request.disabled ? 1 : 0;
    this.ctx.storage.sql.exec("REPLACE INTO settings (name, value) VALUES ('disabled', ?)", value);
    this.#gate.disabled = request.disabled;
    return { ok: true };
  }

  override async alarm(): Promise<void> {
    this.#timers.alarmWritten(null);
    for (const timer of this.#timers.takeDue(this.clock.nowMs())) {
      if (timer === 'outbox') this.#outbox.rang();
      else this.#purge();
    }
    this.#arm();
  }

  #purge(): void {
    let more = true;
    try {
      more = purgeLedger(this.ctx.storage, this.clock.nowMs());
    } catch (error) {
      createLogger({ object: 'CreditLedger' }).error('purge failed', describeError(error));
    } finally {
      if (more || hasPurgeable(this.ctx.storage.sql)) this.#setTimer('purge', PURGE_INTERVAL_MS);
    }
  }

  /** Decides and writes, and remembers what was booked once its transaction stands. */
  #decide<Result>(decide: (nowMs: number) => LedgerDecision<Result>): Result {
    const { sql } = this.ctx.storage;
    const accountId = this.ctx.id.name ?? '';
    const decision = decideAndWrite(
      this.ctx.storage,
      () => decide(this.clock.nowMs()),
      (write) => writeToLedger(sql, accountId, write),
    );
    for (const write of decision.writes) {
      if (write.kind === 'entry' && write.entry.type === 'acquire') {
        this.#acquires.booked(write.entry.reference, write.entry.id);
      }
      if (write.kind === 'answer' || write.kind === 'void') this.#setTimer('purge', PURGE_INTERVAL_MS);
      if (write.kind === 'event') this.#outbox.written();
    }
    return decision.result;
  }

  #setTimer(name: 'purge' | 'outbox', delayMs: number | null): void {
    if (delayMs === null) this.#timers.clear(name);
    else this.#timers.setNoLater(name, this.clock.nowMs() + delayMs);
    this.#arm();
  }

  /** Writes the alarm only when it must ring earlier than the one that stands: each write costs a row. */
  #arm(): void {
    const alarmAtMs = this.#timers.alarmToWrite();
    if (alarmAtMs === null) return;
    this.#timers.alarmWritten(alarmAtMs);
    this.ctx.waitUntil(this.ctx.storage.setAlarm(alarmAtMs));
  }
}
