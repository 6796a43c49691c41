import type { Clock } from '../../platform/clock.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { ProcessSupervisor } from './supervisor.client.ts';
import type { SupervisorView } from './supervisor.types.ts';

/** An isolate asks the supervisor once in this time, so that a flag is seen within the contract's 2 s. */
export const GATE_CACHE_MS = 1_500;
/** Who serves requests does not wait longer for the answer: nobody is to hang on the supervisor. */
const ANSWER_TIMEOUT_MS = 1_000;

/** What an isolate knows of the supervisor. */
export interface GateCache {
  view: SupervisorView | null;
  askedAtMs: number;
  /** When a runner's last good run was told. */
  toldAtMs: Map<string, number>;
}

export function createGateCache(): GateCache {
  return { view: null, askedAtMs: Number.NEGATIVE_INFINITY, toldAtMs: new Map() };
}

interface Dependencies {
  supervisor: Pick<ProcessSupervisor, 'view'>;
  clock: Clock;
  logger: Logger;
  cache: GateCache;
}

/** The supervisor's state as an isolate knows it, a moment old at most. */
export function createCachedView({ supervisor, clock, logger, cache }: Dependencies) {
  const learn = (view: SupervisorView): SupervisorView => {
    cache.view = view;
    cache.askedAtMs = clock.nowMs();
    return view;
  };

  /** What was learnt a moment ago; null when it has to be asked for again. */
  function fresh(): SupervisorView | null {
    return clock.nowMs() - cache.askedAtMs < GATE_CACHE_MS ? cache.view : null;
  }

  const current = async (): Promise<SupervisorView> => fresh() ?? learn(await supervisor.view());

  return {
    /** Throws `UNAVAILABLE` when the supervisor can't be asked. */
    current,

    /** For who serves requests: the answer, or what was known before when there is none in time. */
    async inTime(): Promise<SupervisorView | null> {
      const known = fresh();
      if (known) return known;
      const timer = new AbortController();
      const asked = current().catch((error: unknown) => {
        logger.error('the supervisor does not answer', describeError(error));
        return cache.view;
      });
      const timeUp = scheduler.wait(ANSWER_TIMEOUT_MS, { signal: timer.signal }).then(
        () => cache.view,
        () => cache.view,
      );
      const view = await Promise.race([asked, timeUp]);
      timer.abort();
      return view;
    },

    learn,
    forget(): void {
      cache.askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
