import { createAccounts } from './accounts/create-accounts.ts';
import { addressPolicyOf } from './address-policy.ts';
import { createGateway } from './gateway/create-gateway.ts';
import { createNotifiers } from './notifiers/create-notifiers.ts';
import { createOps } from './ops/create-ops.ts';
import { createHealthService } from './ops/health/health.service.ts';
import { createProcessLog } from './ops/logs/log-book.client.ts';
import { createReencryptionJobs } from './ops/reencryption/create-reencryption.ts';
import { createRetentionJobs } from './ops/retention/create-retention.ts';
import { systemClock } from './platform/clock.ts';
import { createDatabase } from './platform/db/client.ts';
import type { Config } from './platform/env.ts';
import { createLogger } from './platform/log/logger.ts';
import { createRateLimiter } from './platform/rate-limit/rate-window.client.ts';
import { createSecretBox } from './platform/secrets.ts';
import { createChecks } from './proxy-pool/checks/create-checks.ts';
import { createJudge } from './proxy-pool/judge/judge.service.ts';
import { createLeases } from './proxy-pool/leases/create-leases.ts';
import { createLeaseBookClient } from './proxy-pool/leases/lease-book.client.ts';
import { countLiveLeases } from './proxy-pool/leases/live-leases.ts';
import { createPoolLevelsStore } from './proxy-pool/pools/pool-levels.store.ts';
import { createPoolsCache, createPoolsService } from './proxy-pool/pools/pools.service.ts';
import { createPoolsStore } from './proxy-pool/pools/pools.store.ts';
import { createProxies } from './proxy-pool/proxies/create-proxies.ts';
import { dialerOf } from './proxy-pool/proxy-access.ts';
import { createSources } from './proxy-pool/sources/create-sources.ts';
import { createStats } from './proxy-pool/stats/create-stats.ts';
import { createTargetTests } from './proxy-pool/target-tests/create-target-tests.ts';
import { createRouting } from './routing/create-routing.ts';
import { createRotorClient } from './routing/rotation/rotor.client.ts';
import { createSessions } from './sessions/create-sessions.ts';
import { createLiveFeeds } from './sessions/feed/create-feeds.ts';
import { version } from './version.ts';

/** What outlives a request in an isolate: caches only, never a fact. */
const poolsCache = createPoolsCache();

type WaitUntil = (work: Promise<unknown>) => void;

/** The composition root: everything the Worker is made of, from its bindings and its variables. */
export function createServices(env: Env, config: Config, waitUntil: WaitUntil) {
  const clock = systemClock;
  const logger = createLogger();
  const database = createDatabase(env.DB);
  const base = { env, config, clock, logger, database, waitUntil };
  const rateLimiter = createRateLimiter({ namespace: env.RATE_WINDOW, clock, enabled: config.RATE_LIMITS === 'on' });
  const leaseBookOf = (poolNumber: number) => createLeaseBookClient(env.LEASE_BOOK, poolNumber);
  const rotorOf = (targetName: string) => createRotorClient(env.ROTOR, targetName);
  const secretBox = createSecretBox(config.ENCRYPTION_KEY);
  const processLog = createProcessLog(env.LOG_BOOK, clock, logger);
  const feeds = createLiveFeeds({ ...base, namespace: env.FEED });
  const accounts = createAccounts({ ...base, ledgers: env.CREDIT_LEDGER, rateLimiter, listeners: feeds });
  const pools = createPoolsService({ store: createPoolsStore(database), clock, cache: poolsCache });
  const liveWork = [() => countLiveLeases(pools, leaseBookOf, 1), () => routing.routingMetrics.requestsUnderWay()];
  const ops = createOps({ ...base, processLog, feeds, authentication: accounts.authentication, liveWork });
  const policy = addressPolicyOf(config);
  const { requestLog, processes: gate } = ops;
  const shared = { binding: env.DB, database, secretBox, policy, clock, logger, requestLog, gate, waitUntil };
  const notifications = createNotifiers({ ...shared, feeds, queue: env.NOTIFICATIONS });
  const queues = { scrapesQueue: env.SCRAPES, checksQueue: env.CHECKS };
  const { sources, scrapes } = createSources({ ...shared, ...queues, pools, processLog });
  const checkIntervalMs = config.CHECK_INTERVAL_SECONDS * 1_000;
  const checking = createChecks({ ...shared, queue: env.CHECKS, bookOf: leaseBookOf, checkIntervalMs });
  const leases = createLeases({
    ...shared,
    feeds,
    bookOf: leaseBookOf,
    ledgers: env.CREDIT_LEDGER,
    pools,
    rateLimiter,
    checks: checking.checks,
    hints: notifications.hints,
    maxLiveLeases: config.MAX_LIVE_LEASES,
  });
  const routing = createRouting({ ...shared, rotorOf, dialer: dialerOf(config), pools, bookOf: leaseBookOf });
  return {
    config,
    clock,
    logger,
    database,
    secretBox,
    ...ops,
    health: createHealthService({ database, gate, rateLimiter, queue: env.CHECKS, logger, version }),
    rateLimiter,
    ...accounts,
    ...createGateway({ ...shared, objects: env, egress: routing.egress, owners: accounts.accounts }),
    ...leases,
    pools,
    poolLevels: createPoolLevelsStore(env.DB),
    sources,
    scrapes,
    leaseBookOf,
    judge: createJudge({ secret: config.JUDGE_SECRET, clock, allowPrivateNetworks: config.ALLOW_PRIVATE_NETWORKS }),
    rotorOf,
    retention: createRetentionJobs(shared),
    reencryption: createReencryptionJobs({ ...shared, logger }),
    ...createProxies({ database, clock, bookOf: leaseBookOf }),
    targetTests: createTargetTests({ bookOf: leaseBookOf, pools, policy, rateLimiter, logger }),
    ...checking,
    ...notifications,
    ...routing,
    ...createSessions({ ...shared, ...accounts, config, version, feeds }),
    ...createStats({ database, clock, notifiers: notifications.notifiers }),
  };
}

export type Services = ReturnType<typeof createServices>;
