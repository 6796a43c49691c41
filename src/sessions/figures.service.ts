import { type Clock, toTimestamp } from '../platform/clock.ts';
import { describeError, type Logger } from '../platform/log/logger.ts';
import type { FiguresStore, StatusFigures } from './figures.store.ts';
import { MAX_SHOWN_PROXIES } from './limits.ts';
import { rounded, toSessionProxyView } from './session-views.ts';
import type { SessionStatus } from './sessions.types.ts';

interface Dependencies {
  store: FiguresStore;
  clock: Clock;
  logger: Logger;
  version: string;
  isRateLimited: boolean;
}

const NONE = { sessions: 0, durationUs: 0 };

/** An account's sessions in a few figures. */
export function sessionTotals(statuses: readonly StatusFigures[]) {
  const of = (wanted: SessionStatus) => statuses.find(({ status }) => status === wanted) ?? NONE;
  const [active, completed, failed] = [of('active'), of('completed'), of('failed')];
  const ended = completed.sessions + failed.sessions;
  return {
    total_sessions: active.sessions + ended,
    active_sessions: active.sessions,
    successful_sessions: completed.sessions,
    failed_sessions: failed.sessions,
    average_duration: ended === 0 ? 0 : rounded((completed.durationUs + failed.durationUs) / ended / 1e6, 2),
    success_rate: ended === 0 ? 0 : rounded((100 * completed.sessions) / ended, 2),
  };
}

export function createFiguresService({ store, clock, logger, version, isRateLimited }: Dependencies) {
  async function proxiesOf(accountId: string) {
    const nowMs = clock.nowMs();
    const [rows, health] = await Promise.all([
      store.proxiesOf(accountId, MAX_SHOWN_PROXIES),
      store.healthCountsOf(accountId, nowMs),
    ]);
    return { proxies: rows.map((row) => toSessionProxyView(row, nowMs)), health };
  }

  return {
    /** As in the reference; `unhealthy` when the database does not answer. */
    async health() {
      const activeSessions = await store.activeSessions().catch((error: unknown) => {
        logger.error('sessions health: the database failed', describeError(error));
        return null;
      });
      return {
        status: activeSessions === null ? ('unhealthy' as const) : ('healthy' as const),
        timestamp: toTimestamp(clock.nowMs()),
        active_sessions: activeSessions,
        database_path: 'd1:DB',
        version,
        auth_enabled: true,
        rate_limiting: isRateLimited,
      };
    },

    /** An account's statistics: from counters, however much it did. */
    async stats(accountId: string) {
      const [{ statuses, events }, { proxies, health }] = await Promise.all([
        store.figuresOf(accountId),
        proxiesOf(accountId),
      ]);
      const { average_duration, success_rate, ...counts } = sessionTotals(statuses);
      return {
        ...counts,
        total_events: events,
        average_duration,
        success_rate,
        proxy_stats: proxies,
        ip_health: health,
      };
    },

    /** How the proxies of an account do. */
    ipStatus: proxiesOf,
  };
}

export type FiguresService = ReturnType<typeof createFiguresService>;
