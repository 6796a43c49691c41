import { type Clock, systemClock } from './clock.ts';

/** Rings once after a while, unless what it returns is called before. */
export interface Timers {
  after(durationMs: number, ring: () => void): () => void;
}

/** Each a timer of the runtime's own. */
export const runtimeTimers: Timers = {
  after(durationMs, ring) {
    const timer = setTimeout(ring, Math.max(0, durationMs));
    return () => clearTimeout(timer);
  },
};

/** The runtime's timer is never set further than this: one that rings for nothing costs less than one that is set anew. */
export const MAX_SLEEP_MS = 5_000;

interface Waiting {
  dueAtMs: number;
  ring(): void;
}

/**
 * Many timers of one invocation over one of the runtime's, for what is nearly always called off before it rings: setting and
 * calling off others costs no call out of JavaScript. The one of the runtime rings for nobody then, once, or ends with the
 * invocation.
 */
export function createTimers(clock: Clock = systemClock, runtime: Timers = runtimeTimers): Timers {
  const waiting = new Set<Waiting>();
  let armed: { atMs: number; disarm(): void } | null = null;

  const arm = (dueAtMs: number): void => {
    const nowMs = clock.nowMs();
    const atMs = Math.min(dueAtMs, nowMs + MAX_SLEEP_MS);
    if (armed !== null && armed.atMs <= atMs) return;
    armed?.disarm();
    armed = { atMs, disarm: runtime.after(atMs - nowMs, wake) };
  };

  const wake = (): void => {
    armed = null;
    const nowMs = clock.nowMs();
    const due = [...waiting].filter(({ dueAtMs }) => dueAtMs <= nowMs);
    for (const one of due) if (waiting.delete(one)) one.ring();
    if (waiting.size > 0) arm(Math.min(...Array.from(waiting, ({ dueAtMs }) => dueAtMs)));
  };

  return {
    after(durationMs, ring) {
      const one = { dueAtMs: clock.nowMs() + durationMs, ring };
      waiting.add(one);
      arm(one.dueAtMs);
      return () => void waiting.delete(one);
    },
  };
}
