import { describe, expect, it } from 'vitest';
import {
  createPromptFollower,
  LOOK_INTERVAL_MS,
  MAX_LOOK_MS,
  PAUSE_PER_LOOK,
} from '../../../src/routing/inventory/prompt-follower.ts';

/** Requests of one isolate that wait for so long; what each look does is the test's to say. */
function anIsolate(follow: (lookedAtMs: number) => Promise<unknown>) {
  const time = { nowMs: 1_000_000 };
  const startMs = time.nowMs;
  const looks = { nextAtMs: 0 };
  const lookedAtMs: number[] = [];
  const warned: string[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (message: string) => void warned.push(message),
  };
  const sinceStart = () => time.nowMs - startMs;
  const request = () =>
    createPromptFollower({
      follow: () => {
        lookedAtMs.push(sinceStart());
        return follow(sinceStart());
      },
      clock: { nowMs: () => time.nowMs },
      logger,
      looks,
      wait: async (durationMs) => {
        time.nowMs += durationMs;
      },
    });
  return { time, lookedAtMs, warned, request, isWithin: (durationMs: number) => () => sinceStart() < durationMs };
}

describe('while a request waits for the first IP of its target', () => {
  it('its isolate looks at once, and every two seconds, whatever a look comes to', async () => {
    const { request, isWithin, lookedAtMs, warned } = anIsolate(async (atMs) => {
      if (atMs === 0) throw new Error('a book is away');
    });
    await request().whileWaiting(isWithin(3 * LOOK_INTERVAL_MS));
    expect(lookedAtMs).toEqual([0, LOOK_INTERVAL_MS, 2 * LOOK_INTERVAL_MS]);
    expect(warned).toHaveLength(1);
    await request().whileWaiting(() => false);
    expect(lookedAtMs).toHaveLength(3);
  });

  it('looks that take long come as much more seldom', async () => {
    const lookMs = 3_000;
    const { request, isWithin, lookedAtMs, time } = anIsolate(async () => {
      time.nowMs += lookMs;
    });
    await request().whileWaiting(isWithin(60_000));
    const pauses = lookedAtMs.slice(1).map((atMs, index) => atMs - (lookedAtMs[index] ?? 0) - lookMs);
    expect(pauses.length).toBeGreaterThan(2);
    for (const pauseMs of pauses) expect(pauseMs).toBeGreaterThanOrEqual(PAUSE_PER_LOOK * lookMs);
  });

  it('others of its isolate do not look as well; one whose look died is waited for no longer than it may take', async () => {
    const { request, isWithin, lookedAtMs } = anIsolate(async (atMs) => {
      if (atMs === 0) await new Promise(() => {});
    });
    void request().whileWaiting(isWithin(2 * MAX_LOOK_MS));
    expect(lookedAtMs).toEqual([0]);
    await request().whileWaiting(isWithin(MAX_LOOK_MS));
    expect(lookedAtMs).toEqual([0]);
    await request().whileWaiting(isWithin(MAX_LOOK_MS + LOOK_INTERVAL_MS));
    expect(lookedAtMs).toEqual([0, MAX_LOOK_MS]);
  });
});
