import type { Caller } from '../../accounts/actor.ts';
import type { CreditLedgerClient } from '../../accounts/credits/credit-ledger.client.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import { createOnce } from '../../platform/db/idempotent-create.ts';
import { unavailable } from '../../platform/durable/stub-call.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import type { RateLimit } from '../../platform/rate-limit/rate-window.model.ts';
import type { LeaseBookClient } from './lease-book.client.ts';
import type { ReportOutcome, ReportRequest, ReportResult } from './lease-book.types.ts';
import type { LeaseReportsStore } from './lease-reports.store.ts';
import type { RecheckFinding, ReportBody, ReportedLeaseView } from './leases.schemas.ts';

/** A proxy that is dead on arrival shows at once: who reports it later has had the use of it. */
export const REFUND_WINDOW_MS = 60_000;
/** Rounds that a proxy must fail before its lease is refunded: one may be a hiccup of the network. */
export const REFUND_ROUNDS = 2;
/** Between them. */
export const RECHECK_PAUSE_MS = 3_000;
/** Each report of a dead proxy has it checked: as many as there are target tests. */
export const REPORT_LIMIT: RateLimit = { name: 'lease-reports', maxHits: 10, windowMs: 60_000 };

interface Dependencies {
  bookOfLease: (leaseId: string) => Promise<Pick<LeaseBookClient, 'report'>>;
  ledgerOf: (accountId: string) => Pick<CreditLedgerClient, 'summary'>;
  store: LeaseReportsStore;
  database: Database;
  rateLimiter: Pick<RateLimiter, 'enforce'>;
  /** One round of a proxy's checks, now; it counts like any other. */
  checkNow: (proxyId: string) => Promise<RecheckFinding>;
  clock: Clock;
  wait?: (durationMs: number) => Promise<void>;
}

const DETAILS = {
  ok: 'Thank you.',
  blocked: 'Thank you. That a target blocks a proxy is no fault of the proxy; acquire another one with `exclude`.',
  passed: 'Our own check found the proxy alive; the lease goes on.',
  inconclusive: 'Our own check could not judge the proxy; the lease goes on.',
  late: 'Our own check failed, too. Only what is reported within 60 seconds of its lease is refunded; the lease goes on.',
  refunded: 'The proxy failed our own checks, too: the lease has ended and its credit came back.',
  limit: 'The proxy failed our own checks, too, and the lease has ended; this account had all its refunds of a day.',
} as const;

type Held = Extract<ReportResult, { standing: 'held' }>;
type Dead = Extract<ReportResult, { standing: 'dead' }>;

type Ask = (confirmed: ReportRequest['confirmed']) => Promise<Held | Dead>;

interface Answer {
  refunded: boolean;
  recheck: RecheckFinding | null;
  detail: keyof typeof DETAILS;
  /** As of the refund; null: ask the ledger. */
  balance: number | null;
}

/** A lease that somebody reports. */
interface Subject {
  book: Pick<LeaseBookClient, 'report'>;
  accountId: string;
  leaseId: string;
  /** As it was when the report came. */
  standing: Held | Dead;
}

/** Throws what a report is refused with. */
function standingOf(result: ReportResult): Held | Dead {
  if (result.ok) return result;
  throw result.code === 'UNAVAILABLE' ? unavailable(null) : appError(result.code);
}

function answerOfDead({ refund }: Dead): Answer {
  const { paid, balance } = refund;
  return { refunded: paid, recheck: 'failed', detail: paid ? 'refunded' : 'limit', balance };
}

export function createLeaseReportsService(dependencies: Dependencies) {
  const { bookOfLease, ledgerOf, store, database, rateLimiter, checkNow, clock } = dependencies;
  const { wait = (durationMs: number) => scheduler.wait(durationMs) } = dependencies;

  /** Checks until a round doesn't fail; `failed` when all do. */
  async function recheck(proxyId: string, rounds: number): Promise<RecheckFinding> {
    for (let round = 0; round < rounds; round += 1) {
      if (round > 0) await wait(RECHECK_PAUSE_MS);
      const finding = await checkNow(proxyId);
      if (finding !== 'failed') return finding;
    }
    return 'failed';
  }

  async function judge(held: Held, ask: Ask): Promise<Answer> {
    const inTime = held.nowMs - held.acquiredAtMs <= REFUND_WINDOW_MS;
    const finding = await recheck(held.proxyId, inTime ? REFUND_ROUNDS : 1);
    if (finding !== 'failed' || !inTime) {
      return { refunded: false, recheck: finding, detail: finding === 'failed' ? 'late' : finding, balance: null };
    }
    const ended = await ask({ proxyId: held.proxyId, reportedAtMs: held.nowMs });
    if (ended.standing === 'held') throw unavailable(null);
    return answerOfDead(ended);
  }

  async function answerTo({ book, accountId, leaseId, standing }: Subject, outcome: ReportOutcome) {
    const ask: Ask = async (confirmed) => standingOf(await book.report({ accountId, leaseId, confirmed }));
    // What ended because of a report is answered as it was then, to that report alone.
    const { proxyId } = standing;
    if (standing.standing === 'dead') {
      if (outcome !== 'dead') throw appError('LEASE_NOT_ACTIVE');
      return { proxyId, answer: answerOfDead(standing) };
    }
    if (outcome !== 'dead') {
      return { proxyId, answer: { refunded: false, recheck: null, detail: outcome, balance: null } satisfies Answer };
    }
    await rateLimiter.enforce(REPORT_LIMIT, accountId);
    return { proxyId, answer: await judge(standing, ask) };
  }

  async function prepare(subject: Subject, { outcome, target = null }: ReportBody) {
    const { accountId, leaseId } = subject;
    const createdAtMs = clock.nowMs();
    const { proxyId, answer } = await answerTo(subject, outcome);
    const body: ReportedLeaseView = {
      lease_id: leaseId,
      outcome,
      refunded: answer.refunded,
      credits_remaining: answer.balance ?? (await ledgerOf(accountId).summary()).balance,
      recheck: answer.recheck,
      detail: DETAILS[answer.detail],
    };
    const kept = store.keep({ leaseId, outcome, proxyId, accountId, target, createdAtMs });
    return { body, writes: [kept] satisfies [typeof kept] };
  }

  return {
    /**
     * What a holder tells of its proxy. `dead` has it checked again, at once and by ourselves; if it fails, reported in
     * time, the lease ends and its credit comes back, once. Asked again, the same answer. Throws `LEASE_NOT_FOUND`,
     * `LEASE_EXPIRED`, `LEASE_NOT_ACTIVE`, `RATE_LIMITED`.
     */
    async report({ accountId }: Caller, leaseId: string, body: ReportBody, idempotency: Idempotency | null) {
      const book = await bookOfLease(leaseId);
      const found = await book.report({ accountId, leaseId, confirmed: null });
      // Of what is not the caller's there is no first answer either.
      if (!found.ok && found.code === 'LEASE_NOT_FOUND') throw appError(found.code);
      return createOnce<ReportedLeaseView>({
        database,
        accountId,
        idempotency,
        nowMs: clock.nowMs(),
        status: 200,
        prepare: async () => prepare({ book, accountId, leaseId, standing: standingOf(found) }, body),
      });
    },
  };
}

export type LeaseReportsService = ReturnType<typeof createLeaseReportsService>;
