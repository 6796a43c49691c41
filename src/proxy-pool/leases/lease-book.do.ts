import { DurableObject } from 'cloudflare:workers';
import { createCreditLedgerClient } from '../../accounts/credits/credit-ledger.client.ts';
import { createObjectEventRouter } from '../../notifiers/event-router.ts';
import { systemClock } from '../../platform/clock.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import { createOutboxFlusher, type OutboxFlusher } from '../../platform/durable/outbox-flusher.ts';
import { createLogger, describeError } from '../../platform/log/logger.ts';
import { acquireLease } from './acquire.flow.ts';
import { applyNews, applyPulled } from './book-content.model.ts';
import { type BookRunner, createBookRunner } from './book-runner.ts';
import { type BookState, createBookState } from './book-state.model.ts';
import { type BookTimer, type BookTimers, createBookTimers } from './book-timers.ts';
import { findCandidates } from './candidates.model.ts';
import { findEndedLease, purgeEndedLeases } from './ended-leases.storage.ts';
import type { FlowPorts } from './flow-ports.ts';
import { listLeases, releaseLease, renewLease } from './held-lease.flow.ts';
import { hold } from './held-proxies.model.ts';
import { leaseBookMigrations } from './lease-book.do-migrations.ts';
import { bookStats, expireDue, expireWaiters, proxyStanding } from './lease-book.model.ts';
import { readBook, readPoolNumber } from './lease-book.storage.ts';
import type {
  AcquireRequest,
  AcquireResult,
  ApplyResult,
  BookProxyRow,
  BookStats,
  CandidatesRequest,
  CandidatesResult,
  HoldRequest,
  HoldResult,
  LeaseListResult,
  ProxyStanding,
  ReleaseResult,
  RenewRequest,
  RenewResult,
  ReportRequest,
  ReportResult,
} from './lease-book.types.ts';
import { moveCheckpoint } from './lease-charge.model.ts';
import { createLeaseTurns } from './lease-turns.ts';
import { createOpenWaits, LEFT } from './open-waits.ts';
import { reportLease, settleBook } from './report.flow.ts';
import { createRunningAcquires } from './running-acquires.ts';

/** Too many requests for one lease at once. */
const BUSY = { ok: false, code: 'UNAVAILABLE' } as const;

/** A pool's leases. Commands are pure and change the state in memory; here they are stored before anyone hears of them. */
export class LeaseBook extends DurableObject<Env> {
  /** Tests put their own here. */
  clock = systemClock;
  readonly #state: BookState;
  readonly #timers: BookTimers;
  readonly #waits = createOpenWaits();
  readonly #inTurn = createLeaseTurns();
  readonly #outbox: OutboxFlusher;
  readonly #run: BookRunner['run'];
  readonly #ports: FlowPorts;
  readonly #acquire: (request: AcquireRequest) => Promise<AcquireResult>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    runMigrations(ctx.storage, leaseBookMigrations);
    this.#state = createBookState(readPoolNumber(ctx.storage.sql, ctx.id.name), readBook(ctx.storage.sql));
    this.#timers = createBookTimers(ctx, this.#state, () => this.clock);
    this.#outbox = createOutboxFlusher({
      ctx,
      handOver: (events) => createObjectEventRouter(env, (work) => ctx.waitUntil(work)).routeEvents(events),
      schedule: (delayMs) => this.#timers.outboxLater(delayMs),
    });
    const { run, waitFor } = createBookRunner({
      ctx,
      state: this.#state,
      timers: this.#timers,
      waits: this.#waits,
      outbox: this.#outbox,
      clock: () => this.clock,
    });
    this.#run = run;
    this.#ports = {
      run,
      waitFor,
      findEnded: (leaseId) => findEndedLease(ctx.storage.sql, leaseId),
      ledgerOf: (accountId) => createCreditLedgerClient(env.CREDIT_LEDGER, accountId),
      nowMs: () => this.clock.nowMs(),
      settleSoon: () => this.#timers.settleLater(),
    };
    this.#acquire = createRunningAcquires((request) => acquireLease(this.#ports, request));
    void ctx.blockConcurrencyWhile(() => this.#timers.start().then(() => this.#outbox.started()));
  }

  /** Leases the best match for credits; see `AcquireResult` for every other end. */
  async acquire(request: AcquireRequest): Promise<AcquireResult> {
    const result = await this.#acquire(request);
    this.#timers.checkpointLater();
    return result;
  }

  /** Has a lease end later, for credits; see `RenewResult` for every other end. */
  async renew(request: RenewRequest): Promise<RenewResult> {
    return (await this.#inTurn(request.leaseId, () => renewLease(this.#ports, request))) ?? BUSY;
  }

  /** Ends a lease early; asked again, it gives the same answer. */
  async release(request: { accountId: string; leaseId: string }): Promise<ReleaseResult> {
    return (await this.#inTurn(request.leaseId, () => releaseLease(this.#ports, request))) ?? BUSY;
  }

  /** Says how a reported lease stands, or has it ended and refunded; see `ReportResult`. */
  async report(request: ReportRequest): Promise<ReportResult> {
    return (await this.#inTurn(request.leaseId, () => reportLease(this.#ports, request))) ?? BUSY;
  }

  /** An account's live leases, oldest first. */
  async leases(request: { accountId: string }): Promise<LeaseListResult> {
    return listLeases(this.#ports, request.accountId);
  }

  /** The best that an account could use now. */
  async candidates(request: CandidatesRequest): Promise<CandidatesResult> {
    return findCandidates(this.#state, request, this.clock.nowMs());
  }

  /** A caller that waits is gone. */
  async leaveQueue(request: { waiterId: string }): Promise<{ ok: true }> {
    const waiter = this.#state.queue.findByWaiterId(request.waiterId);
    if (waiter === null) this.#waits.leftEarly(request.waiterId);
    else {
      this.#state.queue.leave(waiter.ticket);
      this.#waits.answer([{ ticket: waiter.ticket, outcome: LEFT }]);
    }
    return { ok: true };
  }

  /** News of some proxies, in any order, any number of times. */
  async apply(request: { rows: readonly BookProxyRow[] }): Promise<ApplyResult> {
    const changed = this.#run((state, nowMs) => applyNews(state, request.rows, nowMs));
    return { ok: true, changed, watermark: this.#state.watermark };
  }

  /** The next changes of the inventory in order of revision, of which `watermark` is the last. */
  async applyPulled(request: { rows: readonly BookProxyRow[]; watermark: number }): Promise<ApplyResult> {
    const changed = this.#run((state, nowMs) => applyPulled(state, request, nowMs));
    return { ok: true, changed, watermark: this.#state.watermark };
  }

  /** The revision up to which this book knows the inventory. */
  async watermark(): Promise<{ ok: true; watermark: number }> {
    return { ok: true, watermark: this.#state.watermark };
  }

  /** Has routing have exactly these, as far as they are free: nobody leases them meanwhile. */
  async hold(request: HoldRequest): Promise<HoldResult> {
    return this.#run((state, nowMs) => hold(state, request, nowMs));
  }

  /** Whether each proxy is free or who has it, to be told to anyone: not to whom, nor until when. */
  async standings(request: { proxyIds: readonly string[] }): Promise<{ ok: true; standings: ProxyStanding[] }> {
    const nowMs = this.clock.nowMs();
    return { ok: true, standings: request.proxyIds.map((id) => proxyStanding(this.#state, id, nowMs)) };
  }

  async stats(): Promise<BookStats> {
    return bookStats(this.#state);
  }

  override async alarm(): Promise<void> {
    try {
      for (const timer of this.#timers.rang()) await this.#ring(timer);
      this.#run(expireDue);
      this.#waits.answer(expireWaiters(this.#state, this.clock.nowMs()));
    } catch (error) {
      createLogger({ object: 'LeaseBook' }).error('alarm failed', describeError(error));
      this.#timers.settleLater();
    } finally {
      this.#timers.arm();
    }
  }

  async #ring(timer: BookTimer): Promise<void> {
    if (timer === 'purge') {
      purgeEndedLeases(this.ctx.storage.sql, this.clock.nowMs());
      this.#timers.purgeNextTime();
      return;
    }
    if (timer === 'expire') return;
    if (timer === 'outbox') return this.#outbox.rang();
    if (timer === 'settle' && !(await settleBook(this.#ports))) this.#timers.settleLater();
    this.#run(moveCheckpoint);
    this.#timers.checkpointLater();
  }
}
