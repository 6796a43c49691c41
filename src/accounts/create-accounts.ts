import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import type { Config } from '../platform/env.ts';
import { describeError, type Logger } from '../platform/log/logger.ts';
import { type Allowances, createBlockLimiter } from '../platform/rate-limit/block-limiter.ts';
import type { RateLimiter } from '../platform/rate-limit/rate-window.client.ts';
import { createAccountsService } from './accounts.service.ts';
import { createAccountsStore } from './accounts.store.ts';
import { createAddressLimits } from './address-limits.service.ts';
import { createAdministrationService } from './administration.service.ts';
import { createApiKeysService, type Listeners } from './api-keys.service.ts';
import { createApiKeysStore } from './api-keys.store.ts';
import { createAuthentication, createCallerCache } from './authentication.service.ts';
import { createCreditLedgerClient } from './credits/credit-ledger.client.ts';
import type { CreditLedger } from './credits/credit-ledger.do.ts';
import { createCreditsService } from './credits/credits.service.ts';
import { createKeyLimits } from './key-limits.service.ts';

/** What outlives a request in an isolate: caches only, never a fact. */
const callerCache = createCallerCache();
const allowances: Allowances = new Map();

interface Dependencies {
  database: Database;
  ledgers: DurableObjectNamespace<CreditLedger>;
  rateLimiter: RateLimiter;
  clock: Clock;
  config: Config;
  logger: Logger;
  listeners: Listeners;
  waitUntil(work: Promise<unknown>): void;
}

/** Accounts, keys, credits and who may do what. */
export function createAccounts(dependencies: Dependencies) {
  const { database, ledgers, rateLimiter, clock, config, logger, listeners, waitUntil } = dependencies;
  const store = createAccountsStore(database);
  const keysStore = createApiKeysStore(database);
  const ledgerOf = (accountId: string) => createCreditLedgerClient(ledgers, accountId);
  const authentication = createAuthentication({
    store: keysStore,
    clock,
    adminApiKey: config.ADMIN_API_KEY,
    waitUntil,
    cache: callerCache,
  });
  const apiKeys = createApiKeysService({ store: keysStore, ledgerOf, authentication, listeners, clock });
  const accounts = createAccountsService({
    store,
    keys: apiKeys,
    ledgerOf,
    rateLimiter,
    clock,
    registration: config.REGISTRATION,
    signupCredits: config.SIGNUP_CREDITS,
  });
  const limiter = createBlockLimiter({
    limiter: rateLimiter,
    clock,
    allowances,
    onUnreachable: (error) => logger.warn('a rate window can not be reached', describeError(error)),
  });
  return {
    keyLimits: createKeyLimits({
      limiter,
      enabled: config.RATE_LIMITS === 'on',
      requestsPerMinute: config.REQUESTS_PER_MINUTE,
    }),
    addressLimits: createAddressLimits({
      limiter: rateLimiter,
      enabled: config.RATE_LIMITS === 'on',
      requestsPerMinute: config.SESSIONS_REQUESTS_PER_MINUTE,
      logger,
    }),
    authentication,
    apiKeys,
    accounts,
    administration: createAdministrationService({
      store,
      accounts,
      keys: apiKeys,
      ledgerOf,
      authentication,
      listeners,
      clock,
    }),
    credits: createCreditsService({ ledgerOf, accounts }),
  };
}
