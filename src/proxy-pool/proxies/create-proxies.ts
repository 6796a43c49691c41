import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import type { LeaseBookClient } from '../leases/lease-book.client.ts';
import { createLeaseReportsStore } from '../leases/lease-reports.store.ts';
import { createProxiesService } from './proxies.service.ts';
import { createProxiesStore } from './proxies.store.ts';
import { createProxiesExport } from './proxies-export.service.ts';
import { createProxyTotals, type TotalsCache } from './proxy-totals.service.ts';
import { createProxyTotalsStore } from './proxy-totals.store.ts';

/** What outlives a request in an isolate: a cache only, never a fact. */
const totalsCache: TotalsCache = new Map();

interface Dependencies {
  database: Database;
  clock: Clock;
  bookOf: (poolNumber: number) => Pick<LeaseBookClient, 'standings'>;
}

/** The inventory as people see it. */
export function createProxies({ database, clock, bookOf }: Dependencies) {
  const store = createProxiesStore(database);
  const totals = createProxyTotals({ store, totals: createProxyTotalsStore(database), clock, cache: totalsCache });
  return {
    proxies: createProxiesService({
      store,
      totals,
      clock,
      reports: createLeaseReportsStore(database),
      standingOf: async (poolNumber, proxyId) => (await bookOf(poolNumber).standings([proxyId]))[0] ?? 'unknown',
    }),
    proxiesExport: createProxiesExport({ store, clock }),
  };
}
