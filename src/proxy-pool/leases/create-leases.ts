import { exports } from 'cloudflare:workers';
import { createCreditLedgerClient } from '../../accounts/credits/credit-ledger.client.ts';
import type { CreditLedger } from '../../accounts/credits/credit-ledger.do.ts';
import type { DeliveryHints } from '../../notifiers/delivery-hints.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import type { ChecksService } from '../checks/checks.service.ts';
import type { PoolsService } from '../pools/pools.service.ts';
import { passwordContext } from '../proxies/proxy-upsert.store.ts';
import type { LeaseBookClient } from './lease-book.client.ts';
import { createBookOfLease } from './lease-books.ts';
import { createLeaseReportsService } from './lease-reports.service.ts';
import { createLeaseReportsStore } from './lease-reports.store.ts';
import { createLeasesService, type LeaseFeeds } from './leases.service.ts';

interface Dependencies {
  bookOf: (poolNumber: number) => LeaseBookClient;
  ledgers: DurableObjectNamespace<CreditLedger>;
  pools: PoolsService;
  database: Database;
  rateLimiter: RateLimiter;
  checks: Pick<ChecksService, 'checkNow'>;
  hints: Pick<DeliveryHints, 'outboxWritten'>;
  secretBox: SecretBox;
  /** Throws while nothing new may begin. */
  gate: { assertAccepting(): Promise<void> };
  maxLiveLeases: number;
  feeds: LeaseFeeds;
  clock: Clock;
  waitUntil: (work: Promise<unknown>) => void;
}

/** Leases, and what their holders report; a reported proxy is probed in a sub-invocation of this Worker. */
export function createLeases(dependencies: Dependencies) {
  const { bookOf, ledgers, pools, database, rateLimiter, checks, hints, secretBox, clock } = dependencies;
  const bookOfLease = createBookOfLease({ bookOf, pools });
  return {
    leases: createLeasesService({
      ...dependencies,
      bookOfLease,
      openPassword: (proxyId, passwordSealed) => secretBox.open(passwordSealed, passwordContext(proxyId)),
    }),
    leaseReports: createLeaseReportsService({
      bookOfLease,
      ledgerOf: (accountId) => createCreditLedgerClient(ledgers, accountId),
      store: createLeaseReportsStore(database),
      database,
      rateLimiter,
      clock,
      checkNow: async (proxyId) => {
        const { outcome, hasEvents } = await checks.checkNow(proxyId, (request) => exports.Prober.probe(request));
        if (hasEvents) await hints.outboxWritten();
        return outcome;
      },
    }),
  };
}
