import { DurableObject } from 'cloudflare:workers';
import { systemClock } from '../../platform/clock.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
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
import { purgeLedger } from './credit-ledger.purge.ts';
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
  #alarmWritten: boolean = false;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    runMigrations(ctx.storage, creditLedgerMigrations);
    this.#acquires = createAcquireReferences(sql, readLastEntry(sql)?.id ?? 0);
    this.#gate = readSpendingGate(sql);
    this.#facts = createLedgerFacts(sql, this.#acquires, this.#gate);
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmWritten = (await ctx.storage.getAlarm()) !== null;
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
    this.#alarmWritten = false;
    let more = true;
    try {
      more = purgeLedger(this.ctx.storage, this.clock.nowMs());
    } catch (error) {
      createLogger({ object: 'CreditLedger' }).error('purge failed', describeError(error));
    } finally {
      const { sql } = this.ctx.storage;
      const rest =
        sql.exec('SELECT 1 FROM answers LIMIT 1').toArray().length +
        sql.exec('SELECT 1 FROM voids LIMIT 1').toArray().length;
      if (more || rest > 0) this.#armPurge();
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
      if (write.kind === 'answer' || write.kind === 'void') this.#armPurge();
    }
    return decision.result;
  }

  #armPurge(): void {
    if (this.#alarmWritten) return;
    this.#alarmWritten = true;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(this.clock.nowMs() + PURGE_INTERVAL_MS));
  }
}
