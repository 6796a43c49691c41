import type { Clock } from '../../platform/clock.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';

/** How often an isolate looks for proxies while requests wait for the first one. */
export const LOOK_INTERVAL_MS = 2_000;
/** Looking takes an isolate a fifth of the time at most: where there are many lease books to ask, a look is long. */
export const PAUSE_PER_LOOK = 4;
/** A look that has not ended by then has died with its request. */
export const MAX_LOOK_MS = 30_000;

interface Dependencies {
  follow(): Promise<unknown>;
  clock: Clock;
  logger: Logger;
  /** The isolate's. */
  looks: { nextAtMs: number };
  wait?(durationMs: number): Promise<unknown>;
}

/** Has providers follow the inventory now, where somebody is waiting for that; else each minute does. Never fails. */
export function createPromptFollower({ follow, clock, logger, looks, ...dependencies }: Dependencies) {
  const wait = dependencies.wait ?? ((durationMs: number) => scheduler.wait(durationMs));

  async function now(): Promise<void> {
    try {
      await follow();
    } catch (error) {
      logger.warn('providers could not follow the inventory now; the cron has them do it', describeError(error));
    }
  }

  /** Unless another request of the isolate does, or just did. */
  async function look(): Promise<void> {
    const startedAtMs = clock.nowMs();
    if (startedAtMs < looks.nextAtMs) return;
    looks.nextAtMs = startedAtMs + MAX_LOOK_MS;
    await now();
    const endedAtMs = clock.nowMs();
    looks.nextAtMs = endedAtMs + Math.max(LOOK_INTERVAL_MS, PAUSE_PER_LOOK * (endedAtMs - startedAtMs));
  }

  return {
    now,

    /** For a request to a target that has no IP yet: looks at once, and now and then, until it waits no more. */
    async whileWaiting(isWaiting: () => boolean): Promise<void> {
      while (isWaiting()) {
        await look();
        if (isWaiting()) await wait(LOOK_INTERVAL_MS);
      }
    },
  };
}

export type PromptFollower = ReturnType<typeof createPromptFollower>;
