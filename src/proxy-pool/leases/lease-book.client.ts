import { callStub, type StubCallOptions } from '../../platform/durable/stub-call.ts';
import type { LeaseBook } from './lease-book.do.ts';
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

/** Rows sent to a book in one call. */
export const MAX_APPLY_ROWS = 1_000;

export type LeaseBookClient = ReturnType<typeof createLeaseBookClient>;

/** The name of a pool's book. */
export function leaseBookName(poolNumber: number): string {
  return `pool-${poolNumber}`;
}

/** The one way to a pool's lease book. Throws `UNAVAILABLE` when it can't be reached. */
export function createLeaseBookClient(
  namespace: DurableObjectNamespace<LeaseBook>,
  poolNumber: number,
  options: StubCallOptions = {},
) {
  const stub = () => namespace.getByName(leaseBookName(poolNumber));
  /** What costs credits is tried again only with a key: without one a second try could be charged a second time. */
  const optionsOf = ({ idempotency }: AcquireRequest | RenewRequest): StubCallOptions =>
    idempotency === null ? { ...options, maxAttempts: 1 } : options;
  return {
    acquire: (request: AcquireRequest) =>
      callStub(stub, async (book): Promise<AcquireResult> => book.acquire(request), optionsOf(request)),
    renew: (request: RenewRequest) =>
      callStub(stub, async (book): Promise<RenewResult> => book.renew(request), optionsOf(request)),
    release: (request: { accountId: string; leaseId: string }) =>
      callStub(stub, async (book): Promise<ReleaseResult> => book.release(request), options),
    report: (request: ReportRequest) =>
      callStub(stub, async (book): Promise<ReportResult> => book.report(request), options),
    leases: (accountId: string) =>
      callStub(stub, async (book): Promise<LeaseListResult> => book.leases({ accountId }), options),
    candidates: (request: CandidatesRequest) =>
      callStub(stub, async (book): Promise<CandidatesResult> => book.candidates(request), options),
    leaveQueue: (waiterId: string) =>
      callStub(stub, async (book): Promise<{ ok: true }> => book.leaveQueue({ waiterId }), options),
    /** News of some proxies; more than `MAX_APPLY_ROWS` go in several calls. */
    apply: async (rows: readonly BookProxyRow[]): Promise<void> => {
      for (let start = 0; start < rows.length; start += MAX_APPLY_ROWS) {
        const page = rows.slice(start, start + MAX_APPLY_ROWS);
        await callStub(stub, async (book): Promise<ApplyResult> => book.apply({ rows: page }), options);
      }
    },
    /** One page of a pull, in order of revision; `watermark` is its last revision. */
    applyPulled: (page: { rows: readonly BookProxyRow[]; watermark: number }) =>
      callStub(stub, async (book): Promise<ApplyResult> => book.applyPulled(page), options),
    /** Who routing is to have of this pool; see `HoldResult`. The same, or an older list, may be sent again. */
    hold: (request: HoldRequest) => callStub(stub, async (book): Promise<HoldResult> => book.hold(request), options),
    watermark: async (): Promise<number> => {
      const { watermark } = await callStub(
        stub,
        async (book): Promise<{ ok: true; watermark: number }> => book.watermark(),
        options,
      );
      return watermark;
    },
    /** Whether each of some proxies is free, or who has it, in their order. */
    standings: async (proxyIds: readonly string[]): Promise<ProxyStanding[]> => {
      const answer = await callStub(
        stub,
        async (book): Promise<{ ok: true; standings: ProxyStanding[] }> => book.standings({ proxyIds }),
        options,
      );
      return answer.standings;
    },
    stats: () => callStub(stub, async (book): Promise<BookStats> => book.stats(), options),
  };
}
