import { apiKeyIdOf, type Caller } from '../../accounts/actor.ts';
import { toTimestamp } from '../../platform/clock.ts';
import { unavailable } from '../../platform/durable/stub-call.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import { createId } from '../../platform/ids.ts';
import type { PoolsService } from '../pools/pools.service.ts';
import { DEFAULT_POOL } from '../pools/pools.types.ts';
import { type OpenPassword, renderGranted, renderLease, toAcquireError, toRenewError } from './lease-answers.ts';
import type { LeaseBookClient } from './lease-book.client.ts';
import type { AcquireRequest, AcquireResult, LeaseGranted, LeaseView } from './lease-book.types.ts';
import { type BookOfLease, DEFAULT_POOL_NUMBER } from './lease-books.ts';
import type { AcquireBody, RenewBody } from './leases.schemas.ts';

/** Books asked at once for one account's leases: the platform's six connections of an invocation. */
const MAX_PARALLEL_BOOKS = 6;

/** Whom an account's leases are told to, live. */
export interface LeaseFeeds {
  tellAccountIfHeard(
    accountId: string,
    news: readonly { type: `lease_${'acquired' | 'renewed' | 'released'}`; data: Readonly<Record<string, unknown>> }[],
  ): void;
}

interface Dependencies {
  bookOf: (poolNumber: number) => LeaseBookClient;
  bookOfLease: BookOfLease;
  pools: PoolsService;
  openPassword: OpenPassword;
  /** Throws while nothing new may begin. */
  gate: { assertAccepting(): Promise<void> };
  maxLiveLeases: number;
  waitUntil: (work: Promise<unknown>) => void;
  feeds: LeaseFeeds;
}

function toLeaseIdempotency(idempotency: Idempotency | null) {
  return idempotency && { key: idempotency.key, bodyHash: idempotency.requestHash };
}

function toAcquireRequest(
  caller: Caller,
  body: AcquireBody,
  idempotency: Idempotency | null,
  maxLiveLeases: number,
): AcquireRequest {
  return {
    accountId: caller.accountId,
    apiKeyId: apiKeyIdOf(caller),
    filters: {
      protocol: body.protocol ?? null,
      country: body.country ?? null,
      anonymity: body.anonymity ?? null,
      minScore: body.min_score ?? null,
      exclude: body.exclude,
      prefer: body.prefer,
    },
    leaseDurationMs: body.lease_duration_seconds * 1000,
    waitMs: body.wait_seconds * 1000,
    maxLiveLeases,
    idempotency: toLeaseIdempotency(idempotency),
    waiterId: body.wait_seconds > 0 ? createId() : null,
  };
}

/** Acquires, and leaves the queue when the caller hangs up while waiting. */
async function acquireUnlessGone(
  book: LeaseBookClient,
  request: AcquireRequest,
  signal: AbortSignal,
  waitUntil: Dependencies['waitUntil'],
): Promise<AcquireResult> {
  const { waiterId } = request;
  if (waiterId === null) return book.acquire(request);
  const leave = () => waitUntil(book.leaveQueue(waiterId));
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await book.acquire(request);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** What who listens hears of it: without the proxy's user name and password. None of an answer that comes again. */
function newsOf(type: 'lease_acquired' | 'lease_renewed', { lease, replayed }: LeaseGranted) {
  const { id, ip, port, protocol, country } = lease.proxy;
  const proxy = { id, ip, port, protocol, country };
  const data = { lease_id: lease.leaseId, proxy, expires_at: toTimestamp(lease.expiresAtMs) };
  return replayed ? [] : [{ type, data }];
}

export function createLeasesService(dependencies: Dependencies) {
  const { bookOf, bookOfLease, pools, openPassword, gate, maxLiveLeases, waitUntil, feeds } = dependencies;

  async function leasesIn(poolNumber: number, caller: Caller): Promise<LeaseView[]> {
    const listed = await bookOf(poolNumber).leases(caller.accountId);
    if (!listed.ok) throw unavailable(null);
    return listed.items;
  }

  return {
    /** Leases the best match for one credit. `replayed`: the answer is the first one to this key. */
    async acquire(caller: Caller, body: AcquireBody, idempotency: Idempotency | null, signal: AbortSignal) {
      await gate.assertAccepting();
      const poolNumber = body.pool === DEFAULT_POOL ? DEFAULT_POOL_NUMBER : await pools.numberOf(body.pool);
      if (poolNumber === null) throw appError('NO_MATCHING_PROXY');
      const request = toAcquireRequest(caller, body, idempotency, maxLiveLeases);
      const result = await acquireUnlessGone(bookOf(poolNumber), request, signal, waitUntil);
      if (!result.ok) throw toAcquireError(result);
      feeds.tellAccountIfHeard(caller.accountId, newsOf('lease_acquired', result));
      return renderGranted(result, openPassword);
    },

    /** Has a lease end at now + duration, or when it would if that is later, for one credit. `replayed` as above. */
    async renew(caller: Caller, leaseId: string, body: RenewBody, idempotency: Idempotency | null) {
      const book = await bookOfLease(leaseId);
      const result = await book.renew({
        accountId: caller.accountId,
        apiKeyId: apiKeyIdOf(caller),
        leaseId,
        leaseDurationMs: body.lease_duration_seconds * 1000,
        idempotency: toLeaseIdempotency(idempotency),
      });
      if (!result.ok) throw toRenewError(result);
      feeds.tellAccountIfHeard(caller.accountId, newsOf('lease_renewed', result));
      return renderGranted(result, openPassword);
    },

    /** Ends a lease early; the credit stays spent. */
    async release(caller: Caller, leaseId: string) {
      const book = await bookOfLease(leaseId);
      const result = await book.release({ accountId: caller.accountId, leaseId });
      if (result.ok) {
        const released_at = toTimestamp(result.releasedAtMs);
        feeds.tellAccountIfHeard(caller.accountId, [
          { type: 'lease_released', data: { lease_id: leaseId, released_at } },
        ]);
        return { lease_id: leaseId, status: 'released' as const, released_at };
      }
      throw result.code === 'UNAVAILABLE' ? unavailable(null) : appError(result.code);
    },

    /** The caller's live leases of all pools, oldest first. */
    async list(caller: Caller) {
      const numbers = (await pools.listPools()).map((pool) => pool.number);
      const leases: LeaseView[] = [];
      for (let start = 0; start < numbers.length; start += MAX_PARALLEL_BOOKS) {
        const books = numbers.slice(start, start + MAX_PARALLEL_BOOKS);
        leases.push(...(await Promise.all(books.map((number) => leasesIn(number, caller)))).flat());
      }
      leases.sort((left, right) => left.acquiredAtMs - right.acquiredAtMs);
      return { items: await Promise.all(leases.map((lease) => renderLease(lease, openPassword))) };
    },
  };
}

export type LeasesService = ReturnType<typeof createLeasesService>;
