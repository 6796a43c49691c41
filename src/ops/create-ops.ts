import type { Authentication } from '../accounts/authentication.service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Config } from '../platform/env.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Feeds } from '../sessions/feed/feed.client.ts';
import type { ProcessLog } from './logs/log-book.client.ts';
import { createLogStreams } from './logs/log-streams.ts';
import { createLogsService } from './logs/logs.service.ts';
import { createGateCache } from './processes/cached-view.ts';
import { createProcessGate } from './processes/process-gate.ts';
import { createProcessesService } from './processes/processes.service.ts';
import { createSupervisorClient } from './processes/supervisor.client.ts';
import { createOpenAppends, createRequestLog } from './requests/request-log.client.ts';
import { createRequestsService } from './requests/requests.service.ts';
import { createShutdownService } from './shutdown/shutdown.service.ts';

/** What outlives a request in an isolate: never a fact. */
const gateCache = createGateCache();
const openAppends = createOpenAppends();

interface Dependencies {
  env: Env;
  config: Config;
  clock: Clock;
  logger: Logger;
  processLog: ProcessLog;
  authentication: Authentication;
  feeds: Feeds;
  /** Each counts what still runs of one kind, for a shutdown to wait for. */
  liveWork: readonly (() => Promise<number>)[];
  waitUntil(work: Promise<unknown>): void;
}

/** The ops face: processes and their logs, proxied requests, shutdown. */
export function createOps(dependencies: Dependencies) {
  const { env, config, clock, logger, processLog, authentication, feeds, liveWork, waitUntil } = dependencies;
  const supervisor = createSupervisorClient(env.SUPERVISOR);
  const processes = createProcessGate({ supervisor, clock, logger, cache: gateCache, processLog, feeds });
  const requestLog = createRequestLog({ namespace: env.LOG_BOOK, clock, logger, open: openAppends, waitUntil });
  const drainMs = config.DRAIN_SECONDS * 1_000;
  return {
    processes,
    processLog,
    requestLog,
    logs: createLogsService(processLog),
    logStreams: createLogStreams({ namespace: env.LOG_BOOK, authentication, logger }),
    requests: createRequestsService(requestLog),
    processControl: createProcessesService({ supervisor, gate: processes, env }),
    shutdown: createShutdownService({ supervisor, gate: processes, processLog, clock, feeds, drainMs, liveWork }),
  };
}
