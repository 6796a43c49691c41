const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const counts = new Intl.NumberFormat('en');

/** `12,345`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `1 proxy`, `2 proxies`. */
export function formatNoun(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A share of 0 to 1 as `94 %`; a dash where there is none. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

/** `120 ms`, from ten seconds on `12.3 s`. */
export function formatLatency(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 10 * SECOND_MS ? `${Math.round(ms)} ms` : `${(ms / SECOND_MS).toFixed(1)} s`;
}

/** The two largest units of a span: `4 s`, `2 min 5 s`, `3 h 20 min`, `5 d 2 h`. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  const whole = (unitMs: number, ofMs: number) => Math.floor((span % ofMs) / unitMs);
  if (span < MINUTE_MS) return `${Math.floor(span / SECOND_MS)} s`;
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)} min ${whole(SECOND_MS, MINUTE_MS)} s`;
  if (span < DAY_MS) return `${Math.floor(span / HOUR_MS)} h ${whole(MINUTE_MS, HOUR_MS)} min`;
  return `${Math.floor(span / DAY_MS)} d ${whole(HOUR_MS, DAY_MS)} h`;
}

/** How long ago in one unit: `12 s ago`; `never` for null. Clocks differ a little: what is to come is `just now`. */
export function formatAgo(timestamp: string | null, nowMs: number): string {
  if (timestamp === null) return 'never';
  const span = nowMs - Date.parse(timestamp);
  if (span < 2 * SECOND_MS) return 'just now';
  if (span < MINUTE_MS) return `${Math.floor(span / SECOND_MS)} s ago`;
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)} min ago`;
  if (span < DAY_MS) return `${Math.floor(span / HOUR_MS)} h ago`;
  return `${Math.floor(span / DAY_MS)} d ago`;
}

/** `23:59:07` for a countdown under a day. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND_MS));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** The English name of an ISO 3166-1 code. */
export function countryName(code: string): string {
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}
