import type { z } from 'zod';
import type { accountSchema, registrationSchema } from '../accounts/accounts.schemas.ts';
import type { creditsSchema, transactionSchema } from '../accounts/credits/credits.schemas.ts';
import type { acquiredSchema, leaseListSchema, reportedSchema } from '../proxy-pool/leases/leases.schemas.ts';
import type { proxyDetailSchema, proxyPageSchema, proxySchema } from '../proxy-pool/proxies/proxies.schemas.ts';
import type { previewSchema, scrapeResultSchema, sourceSchema } from '../proxy-pool/sources/sources.schemas.ts';
import type {
  historySchema,
  leagueItemSchema,
  pluginStatsSchema,
  poolStatsSchema,
} from '../proxy-pool/stats/stats.schemas.ts';
import type { proxyTestsSchema } from '../proxy-pool/target-tests/target-tests.schemas.ts';

// What the API answers, as the schemas that validate it say: types alone, nothing of them is in the page.

export type Account = z.infer<typeof accountSchema>;
export type Registration = z.infer<typeof registrationSchema>;
export type Credits = z.infer<typeof creditsSchema>;
export type Transaction = z.infer<typeof transactionSchema>;
export type Lease = z.infer<typeof leaseListSchema>['items'][number];
export type PoolStats = z.infer<typeof poolStatsSchema>;
export type CheckHistory = z.infer<typeof historySchema>;
export type ProxyView = z.infer<typeof proxySchema>;
export type ProxyPage = z.infer<typeof proxyPageSchema>;
export type ProxyDetail = z.infer<typeof proxyDetailSchema>;
export type ProxyCheck = ProxyDetail['recent_checks'][number];
export type AcquiredLease = z.infer<typeof acquiredSchema>;
export type ReportedLease = z.infer<typeof reportedSchema>;
export type ProxyTests = z.infer<typeof proxyTestsSchema>;
export type Source = z.infer<typeof sourceSchema>;
export type SourcePreview = z.infer<typeof previewSchema>;
export type ScrapeResult = z.infer<typeof scrapeResultSchema>;
export type SourceLeagueItem = z.infer<typeof leagueItemSchema>;
export type PluginStats = z.infer<typeof pluginStatsSchema>;

/** A page of any list. */
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
  total_count: number;
}
