import type { Bucket, CallMeasure, Interval, Leg, Source, Tallies, Tally } from './telemetry.types.ts';

/** Weight of the newest call (contract, "Telemetry"). */
export const EWMA_ALPHA = 0.2;
/** A country that nobody knows, as the edge writes it. */
export const UNKNOWN_COUNTRY = 'XX';

/** Stands for a target that could not be reached (contract, "Telemetry"). */
export const UNREACHABLE_CODE = 0;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FIRST_ERROR_CODE = 400;
/** Characters of `YYYY-MM-DD-HH-MM` that name an interval. */
const KEY_CHARACTERS: Record<Interval, number> = { minute: 16, hour: 13, day: 10, month: 7 };

/** Start of the interval that holds a time, in UTC. */
export function intervalStartMs(interval: Interval, atMs: number): number {
  if (interval === 'minute') return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  if (interval === 'hour') return Math.floor(atMs / HOUR_MS) * HOUR_MS;
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), interval === 'day' ? at.getUTCDate() : 1);
}

/** Start of the interval after the one that begins at `startedAtMs`. */
export function nextIntervalMs(interval: Interval, startedAtMs: number): number {
  if (interval === 'minute') return startedAtMs + MINUTE_MS;
  if (interval === 'hour') return startedAtMs + HOUR_MS;
  const at = new Date(startedAtMs);
  if (interval === 'day') return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
}

/** `YYYY-MM-DD-HH-MM`, as far as the interval has it: it sorts by time. */
export function intervalKey(interval: Interval, startedAtMs: number): string {
  const digits = new Date(startedAtMs).toISOString().replace('T', '-').replace(':', '-');
  return digits.slice(0, KEY_CHARACTERS[interval]);
}

export function emptyTallies(): Tallies {
  return { codes: {}, countries: {} };
}

function add(tallies: Record<string, Tally>, key: string, count: number, seconds: number): void {
  const [countBefore, secondsBefore] = tallies[key] ?? [0, 0];
  tallies[key] = [countBefore + count, secondsBefore + seconds];
}

function addLeg(tallies: Tallies, source: Source, country: string, { code, seconds }: Leg): void {
  add(tallies.codes, `${code}:${source}`, 1, seconds);
  add(tallies.countries, `${country}:${source}`, 1, seconds);
}

/** Counts a call, in place. */
export function addCall(tallies: Tallies, { country, proxy, target }: CallMeasure): void {
  addLeg(tallies, 'proxy', country, proxy);
  if (target) addLeg(tallies, 'target', country, target);
}

/** The average after one more call; the first one is the average. */
export function nextEwma(before: number | null, seconds: number): number {
  return before === null ? seconds : before + EWMA_ALPHA * (seconds - before);
}

/** A longer interval out of its parts, in any order; null without parts. */
export function mergeBuckets(startedAtMs: number, parts: readonly Bucket[]): Bucket | null {
  const inOrder = [...parts].sort((left, right) => left.startedAtMs - right.startedAtMs);
  const last = inOrder.at(-1);
  if (!last) return null;
  const tallies = emptyTallies();
  let revision = 0;
  for (const part of inOrder) {
    revision += part.revision;
    for (const [key, [count, seconds]] of Object.entries(part.tallies.codes)) add(tallies.codes, key, count, seconds);
    for (const [key, [count, seconds]] of Object.entries(part.tallies.countries)) {
      add(tallies.countries, key, count, seconds);
    }
  }
  return { startedAtMs, tallies, ewmaSeconds: last.ewmaSeconds, revision };
}

/** Milliseconds are what we measure. */
function roundSeconds(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}

/** Four decimals, as the reference shows what it derives. */
function roundDerived(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function mapTallies(tallies: Record<string, Tally>, value: (tally: Tally) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(tallies).map(([key, tally]) => [key, value(tally)]));
}

const countOf = ([count]: Tally): number => count;
const totalOf = ([, seconds]: Tally): number => roundSeconds(seconds);
const averageOf = ([count, seconds]: Tally): number => roundDerived(seconds / count);

/** By source: all calls, those that succeeded, those that failed. */
function bySource(codes: Record<string, Tally>) {
  const all: Record<string, Tally> = {};
  const failed: Record<string, number> = {};
  for (const [key, [count, seconds]] of Object.entries(codes)) {
    const [code = '', source = ''] = key.split(':');
    add(all, source, count, seconds);
    const isError = Number(code) === UNREACHABLE_CODE || Number(code) >= FIRST_ERROR_CODE;
    failed[source] = (failed[source] ?? 0) + (isError ? count : 0);
  }
  return { all, failed };
}

/** A record as the reference shows it; what can be derived is derived here. */
export function renderBucket(proxyId: string, interval: Interval, { startedAtMs, tallies, ewmaSeconds }: Bucket) {
  const { codes, countries } = tallies;
  const { all, failed } = bySource(codes);
  const share = (part: (count: number, failures: number) => number) =>
    Object.fromEntries(Object.entries(all).map(([source, [count]]) => [source, part(count, failed[source] ?? 0)]));
  return {
    pKey: proxyId,
    sKey: intervalKey(interval, startedAtMs),
    proxyId,
    countMap: mapTallies(all, countOf),
    successCountMap: share((count, failures) => count - failures),
    errorCountMap: share((_count, failures) => failures),
    totalResponseTimeMap: mapTallies(all, totalOf),
    codeCountMap: mapTallies(codes, countOf),
    codeTotalRTMap: mapTallies(codes, totalOf),
    countryCountMap: mapTallies(countries, countOf),
    countryTotalRTMap: mapTallies(countries, totalOf),
    averageResponseTimeMap: mapTallies(all, averageOf),
    successRateMap: share((count, failures) => roundDerived((count - failures) / count)),
    errorRateMap: share((count, failures) => roundDerived(failures / count)),
    countryAverageRTMap: mapTallies(countries, averageOf),
    ewmaResponseTime: roundDerived(ewmaSeconds),
  };
}
