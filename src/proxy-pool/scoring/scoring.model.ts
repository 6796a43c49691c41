import type { Anonymity } from '../proxies/proxies.types.ts';

/** The parts of a score (contract, "Score"); they add up to 1. */
export const SCORE_WEIGHTS = { uptime: 0.4, latency: 0.35, recency: 0.15, anonymity: 0.1 } as const;

/** A proxy this slow, in milliseconds, gets nothing for its speed. */
export const WORST_LATENCY_MS = 2_000;

/** Recency falls in a straight line from 1 at the last passed check to 0 after this long: an hour is long for a free proxy. */
export const RECENCY_WINDOW_MS = 60 * 60 * 1000;

/** Weight of the newest round. At one every five minutes, an hour of failures takes 0.72 of a perfect uptime. */
export const UPTIME_ALPHA = 0.1;

/** Weight of the newest latency: after three rounds it is two thirds of the average. */
export const LATENCY_ALPHA = 0.3;

const anonymityPoints: Record<Anonymity, number> = { elite: 1, anonymous: 0.5, transparent: 0 };

/** An exponentially weighted average; the first value is its own average. */
export function nextAverage(average: number | null, value: number, alpha: number): number {
  return average === null ? value : average + alpha * (value - average);
}

/** Share of rounds passed, 0 to 1, the newest weighing UPTIME_ALPHA; six decimals. */
export function nextUptime(uptime: number | null, passed: boolean): number {
  return Math.round(nextAverage(uptime, passed ? 1 : 0, UPTIME_ALPHA) * 1e6) / 1e6;
}

/** Average latency in milliseconds, one decimal. */
export function nextLatencyMs(averageMs: number | null, latencyMs: number): number {
  return Math.round(nextAverage(averageMs, latencyMs, LATENCY_ALPHA) * 10) / 10;
}

/** 1 for a check that passed now, 0 for one that passed RECENCY_WINDOW_MS ago, or never. */
export function recencyOf(lastPassedAtMs: number | null, nowMs: number): number {
  if (lastPassedAtMs === null) return 0;
  return Math.min(1, Math.max(0, 1 - (nowMs - lastPassedAtMs) / RECENCY_WINDOW_MS));
}

export interface ScoredFacts {
  /** 0 to 1. */
  uptime: number;
  avgLatencyMs: number | null;
  lastPassedAtMs: number | null;
  anonymity: Anonymity | null;
}

/** What each part is, 0 to 1, what it weighs, and what it adds to the score: weight · value. */
export function scorePartsOf({ uptime, avgLatencyMs, lastPassedAtMs, anonymity }: ScoredFacts, nowMs: number) {
  const values = {
    uptime,
    latency: avgLatencyMs === null ? 0 : 1 - Math.min(avgLatencyMs / WORST_LATENCY_MS, 1),
    recency: recencyOf(lastPassedAtMs, nowMs),
    anonymity: anonymity === null ? 0 : anonymityPoints[anonymity],
  };
  const part = (name: keyof typeof SCORE_WEIGHTS) => {
    return { value: values[name], weight: SCORE_WEIGHTS[name], points: SCORE_WEIGHTS[name] * values[name] };
  };
  return { uptime: part('uptime'), latency: part('latency'), recency: part('recency'), anonymity: part('anonymity') };
}

/** 0 to 1, two decimals: 0.40·uptime + 0.35·(1 − min(latency/2000, 1)) + 0.15·recency + 0.10·anonymity. */
export function scoreOf(facts: ScoredFacts, nowMs: number): number {
  const { uptime, latency, recency, anonymity } = scorePartsOf(facts, nowMs);
  return Math.round((uptime.points + latency.points + recency.points + anonymity.points) * 100) / 100;
}
