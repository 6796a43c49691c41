import { accountsRoutes } from './accounts/accounts.routes.ts';
import { adminRoutes } from './accounts/admin.routes.ts';
import { creditsRoutes } from './accounts/credits/credits.routes.ts';
import type { DataPlane } from './app-env.ts';
import { apiProxiesRoutes } from './gateway/api-proxies/api-proxies.routes.ts';
import { clientsRoutes } from './gateway/clients/clients.routes.ts';
import { credentialsRoutes } from './gateway/credentials/credentials.routes.ts';
import { gatewayCalls } from './gateway/forward/forward.routes.ts';
import { rulesRoutes } from './gateway/rules/rules.routes.ts';
import { simulatorRoutes } from './gateway/rules/simulator.routes.ts';
import { targetsRoutes } from './gateway/targets/targets.routes.ts';
import { telemetryRoutes } from './gateway/telemetry/telemetry.routes.ts';
import { notifiersRoutes } from './notifiers/notifiers.routes.ts';
import { healthRoutes } from './ops/health/health.routes.ts';
import { logsRoutes } from './ops/logs/logs.routes.ts';
import { processesRoutes } from './ops/processes/processes.routes.ts';
import { reencryptionRoutes } from './ops/reencryption/reencryption.routes.ts';
import { requestsRoutes } from './ops/requests/requests.routes.ts';
import { shutdownRoutes } from './ops/shutdown/shutdown.routes.ts';
import { judgeRoutes } from './proxy-pool/judge/judge.routes.ts';
import { leasesRoutes } from './proxy-pool/leases/leases.routes.ts';
import { proxiesRoutes } from './proxy-pool/proxies/proxies.routes.ts';
import { sourcesRoutes } from './proxy-pool/sources/sources.routes.ts';
import { statsRoutes } from './proxy-pool/stats/stats.routes.ts';
import { targetTestsRoutes } from './proxy-pool/target-tests/target-tests.routes.ts';
import { routedRequests } from './routing/forward/forward.routes.ts';
import { graphqlRoutes } from './routing/graphql/graphql.routes.ts';
import { metricsRoutes } from './routing/metrics/metrics.routes.ts';
import { eventsRoutes } from './sessions/events.routes.ts';
import { feedRoutes } from './sessions/feed/feed.routes.ts';
import { figuresRoutes } from './sessions/figures.routes.ts';
import { sessionsRoutes } from './sessions/sessions.routes.ts';

/** The table of contents: one line a feature. Paths are written out in the route files. */
export const routes = [
  metricsRoutes,
  healthRoutes,
  accountsRoutes,
  adminRoutes,
  reencryptionRoutes,
  creditsRoutes,
  judgeRoutes,
  leasesRoutes,
  targetTestsRoutes,
  proxiesRoutes,
  statsRoutes,
  sourcesRoutes,
  notifiersRoutes,
  logsRoutes,
  requestsRoutes,
  graphqlRoutes,
  sessionsRoutes,
  eventsRoutes,
  figuresRoutes,
  processesRoutes,
  shutdownRoutes,
  feedRoutes,
  clientsRoutes,
  credentialsRoutes,
  targetsRoutes,
  apiProxiesRoutes,
  simulatorRoutes,
  telemetryRoutes,
  rulesRoutes,
];

/** What carries requests elsewhere; asked first, in this order: a header that names a target wins over every path. */
export const dataPlanes: readonly DataPlane[] = [routedRequests, gatewayCalls];
