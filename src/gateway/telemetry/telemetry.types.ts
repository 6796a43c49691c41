export const intervals = ['minute', 'hour', 'day', 'month'] as const;
export type Interval = (typeof intervals)[number];

/** `proxy`: what the caller saw of the gateway; `target`: what the gateway saw of the target. */
export type Source = 'proxy' | 'target';

/** One side of a call. The time runs until the head of the answer was there. */
export interface Leg {
  /** The HTTP status; 0 when the target could not be reached. */
  code: number;
  seconds: number;
}

/** What is counted of one call. */
export interface CallMeasure {
  /** When it was answered. */
  atMs: number;
  /** ISO 3166-1 alpha-2 of the caller. */
  country: string;
  proxy: Leg;
  /** Null when the call was refused before anything was sent. */
  target: Leg | null;
}

/** Requests, and the seconds that they took together. */
export type Tally = [count: number, seconds: number];

/** Counts of an interval, by `code:source` and by `country:source`. All other figures come from these. */
export interface Tallies {
  codes: Record<string, Tally>;
  countries: Record<string, Tally>;
}

/** An interval of one gateway proxy. */
export interface Bucket {
  startedAtMs: number;
  tallies: Tallies;
  /** Exponentially weighted response time of the proxy leg, at the end of the interval. */
  ewmaSeconds: number;
  /** Grows with every change of it. */
  revision: number;
}
