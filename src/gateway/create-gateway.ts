import { eq } from 'drizzle-orm';
import type { Caller } from '../accounts/actor.ts';
import type { RequestLog } from '../ops/requests/request-log.client.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/db/client.ts';
import { type Buffered, createCallBuffer } from '../platform/durable/call-buffer.ts';
import { appError } from '../platform/errors/app-error.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { AddressPolicy } from '../platform/net/public-url.ts';
import { createRateLimiter } from '../platform/rate-limit/rate-window.client.ts';
import type { SecretBox } from '../platform/secrets.ts';
import type { Egress } from '../routing/forward/egress.ts';
import { createApiProxyKind } from './api-proxies/api-proxies.service.ts';
import { createClientsService } from './clients/clients.service.ts';
import { createClientsStore } from './clients/clients.store.ts';
import { createCredentialKind } from './credentials/credentials.service.ts';
import { createCallRecorder } from './forward/exchange.ts';
import { createForwarder } from './forward/forward.service.ts';
import { createSnapshotCache, createSnapshots, type Owners } from './forward/snapshot.client.ts';
import { createSnapshotStore } from './forward/snapshot.store.ts';
import { createTargetCaller } from './forward/target-call.ts';
import { partIdForm } from './gateway.schemas.ts';
import {
  type ApiProxyRow,
  type CredentialRow,
  gatewayCredentials,
  gatewayProxies,
  gatewayRules,
  gatewayTargets,
  type RuleRow,
  type TargetRow,
} from './gateway.tables.ts';
import { createPartsService } from './parts.service.ts';
import { createPartsStore } from './parts.store.ts';
import type { parentKinds } from './rules/rules.schemas.ts';
import { createRuleKind } from './rules/rules.service.ts';
import { createSimulator } from './rules/simulator.service.ts';
import { createTargetKind } from './targets/targets.service.ts';
import { createRollUp } from './telemetry/roll-up.service.ts';
import { createTelemetryService } from './telemetry/telemetry.service.ts';
import { createTelemetryStore } from './telemetry/telemetry.store.ts';
import type { CallMeasure } from './telemetry/telemetry.types.ts';
import { createTelemetryMeters } from './telemetry/telemetry-meter.client.ts';
import { createTokenVaults, type TokenCache } from './tokens/token-vault.client.ts';

/** What outlives a request in an isolate: caches, and for some tenths of a second what is not counted yet. */
const snapshotCache = createSnapshotCache();
const tokenCache: TokenCache = new Map();
const bufferedMeasures: Buffered<CallMeasure> = new Map();

interface Dependencies {
  database: Database;
  secretBox: SecretBox;
  clock: Clock;
  policy: AddressPolicy;
  logger: Logger;
  requestLog: RequestLog;
  objects: Pick<Env, 'RATE_WINDOW' | 'TELEMETRY_METER' | 'TOKEN_VAULT'>;
  /** The way out through routing's targets. */
  egress: Egress;
  /** What the accounts that own clients may do. */
  owners: Owners;
  waitUntil: (work: Promise<unknown>) => void;
}

interface RuleParent {
  parentKind: (typeof parentKinds)[number];
  parentId: string;
}

/** Puts the gateway together: what people configure, and what carries calls. */
export function createGateway(services: Dependencies) {
  const { database, secretBox, clock, policy, logger, objects, requestLog, egress, owners, waitUntil } = services;
  const clients = createClientsService({ database, store: createClientsStore(database), clock });
  const dependencies = { database, clients, clock };
  const stores = {
    credentials: createPartsStore<CredentialRow>(database, gatewayCredentials),
    targets: createPartsStore<TargetRow>(database, gatewayTargets),
    proxies: createPartsStore<ApiProxyRow>(database, gatewayProxies),
  };
  const parameterOf = { credentials: 'credentialId', targets: 'targetId', proxies: 'proxyId' } as const;

  /** The rules of one part; `NOT_FOUND` when it is none of the caller's. */
  async function rulesOf(clientId: string, { parentKind, parentId }: RuleParent, caller: Caller) {
    await clients.requireClient(clientId, caller);
    const isThere =
      partIdForm(parameterOf[parentKind]).test(parentId) && (await stores[parentKind].find(clientId, parentId));
    if (!isThere) throw appError('NOT_FOUND', { message: 'There is nothing with this id.' });
    const store = createPartsStore<RuleRow>(database, gatewayRules, eq(gatewayRules.parentId, parentId));
    return createPartsService(createRuleKind(parentId), store, dependencies);
  }

  // Always on, whatever RATE_LIMITS says: these limits are part of a proxy's configuration.
  const rateLimiter = createRateLimiter({ namespace: objects.RATE_WINDOW, clock, enabled: true });
  const snapshots = createSnapshots({
    store: createSnapshotStore(database),
    secretBox,
    clock,
    policy,
    owners,
    cache: snapshotCache,
  });
  const meters = createTelemetryMeters({
    namespace: objects.TELEMETRY_METER,
    buffer: (send) => createCallBuffer({ buffered: bufferedMeasures, send, clock, logger, waitUntil }),
  });
  const vaults = createTokenVaults({ namespace: objects.TOKEN_VAULT, cache: tokenCache, clock });
  const telemetryStore = createTelemetryStore(database);
  const rollUp = createRollUp(telemetryStore);
  return {
    clients,
    credentials: createPartsService(createCredentialKind(secretBox, policy), stores.credentials, dependencies),
    targets: createPartsService(createTargetKind(policy), stores.targets, dependencies),
    apiProxies: createPartsService(createApiProxyKind({ stores, egress }), stores.proxies, dependencies),
    rulesOf,
    simulator: createSimulator({ clients, snapshots }),
    rollUp,
    telemetry: createTelemetryService({ clients, proxies: stores.proxies, store: telemetryStore, rollUp, meters }),
    forwarder: createForwarder({
      snapshots,
      rateLimiter,
      targetCaller: createTargetCaller({ vaults, clock, egress, fetch: (url, init) => fetch(url, init) }),
      recorder: createCallRecorder({ meters, requestLog, clock, waitUntil }),
    }),
  };
}
