import { apiKeyIdOf, type Caller } from '../../accounts/actor.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import type { RateLimit } from '../../platform/rate-limit/rate-window.model.ts';
import type { LeaseBookClient } from '../leases/lease-book.client.ts';
import type { LeasedProxy } from '../leases/lease-book.types.ts';
import type { PoolsService } from '../pools/pools.service.ts';
import type { TargetOutcome } from './target-outcome.model.ts';
import type { ProxyTestView, TestProxiesBody } from './target-tests.schemas.ts';

/** Tests cost nothing, and each makes strangers' proxies ask a stranger's site: ten a minute a key are plenty. */
export const TEST_LIMIT: RateLimit = { name: 'proxy-tests', maxHits: 10, windowMs: 60_000 };

/** What a sub-invocation is asked; the password is sealed and opened only there. */
export interface TargetTestRequest {
  proxy: Omit<LeasedProxy, 'country' | 'anonymity'>;
  url: string;
  timeoutMs: number;
}

export type RunTargetTest = (request: TargetTestRequest) => Promise<TargetOutcome>;

export interface TargetTestsDependencies {
  bookOf: (poolNumber: number) => Pick<LeaseBookClient, 'candidates'>;
  pools: Pick<PoolsService, 'numberOf'>;
  policy: AddressPolicy;
  rateLimiter: Pick<RateLimiter, 'enforce'>;
  logger: Logger;
  /** One test, in an invocation of its own. */
  runTest: RunTargetTest;
}

/** One that broke is neither the proxy's fault nor a reason to lose the others. */
const BROKEN: TargetOutcome = {
  reachable: false,
  statusCode: null,
  latencyMs: null,
  error: 'The test could not be run; nothing is known of this proxy.',
};

export function createTargetTestsService(dependencies: TargetTestsDependencies) {
  const { bookOf, pools, policy, rateLimiter, logger, runTest } = dependencies;

  /** Those that an acquire of this caller would choose from, and the ones that the caller has leased. */
  async function chooseProxies(caller: Caller, body: TestProxiesBody): Promise<readonly LeasedProxy[]> {
    const poolNumber = await pools.numberOf(body.pool);
    if (poolNumber === null) throw appError('NO_MATCHING_PROXY');
    const { protocol = null, country = null, anonymity = null, min_score: minScore = null } = body;
    const found = await bookOf(poolNumber).candidates({
      accountId: caller.accountId,
      filters: { protocol, country, anonymity, minScore },
      maxProxies: body.count,
    });
    if (found.items.length > 0) return found.items;
    throw appError(found.areAllLeased ? 'ALL_PROXIES_LEASED' : 'NO_MATCHING_PROXY');
  }

  async function testOne(proxy: LeasedProxy, url: string, timeoutMs: number): Promise<ProxyTestView> {
    const { country: _country, anonymity: _anonymity, ...endpoint } = proxy;
    const outcome = await runTest({ proxy: endpoint, url, timeoutMs }).catch((error: unknown) => {
      logger.error('a target test broke', { proxyId: proxy.id, ...describeError(error) });
      return BROKEN;
    });
    const { id, ip, port } = proxy;
    const { reachable, statusCode, latencyMs, error } = outcome;
    return { proxy_id: id, ip, port, reachable, status_code: statusCode, latency_ms: latencyMs, error };
  }

  return {
    /**
     * Asks a URL through the best proxies that the caller could lease now, all at once; none is leased or charged for.
     * Throws `ADDRESS_NOT_ALLOWED`, `RATE_LIMITED`, `NO_MATCHING_PROXY`, `ALL_PROXIES_LEASED`.
     */
    async run(caller: Caller, body: TestProxiesBody) {
      await rateLimiter.enforce(TEST_LIMIT, apiKeyIdOf(caller) ?? caller.accountId);
      const { href } = await assertPublicUrl(body.url, policy);
      const proxies = await chooseProxies(caller, body);
      const timeoutMs = body.timeout_seconds * 1_000;
      const results = await Promise.all(proxies.map((proxy) => testOne(proxy, href, timeoutMs)));
      const reached = results.filter(({ reachable }) => reachable).length;
      return { url: body.url, results, success_rate: Math.round((reached / results.length) * 100) / 100 };
    },
  };
}

export type TargetTestsService = ReturnType<typeof createTargetTestsService>;
