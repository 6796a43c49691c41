import type { Clock } from '../../platform/clock.ts';
import { AppError, appError } from '../../platform/errors/app-error.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import { version } from '../../version.ts';

export interface SourceFetchLimits {
  /** Hops followed by hand, each judged like the first URL. */
  maxRedirects: number;
  /** Time until a hop's response head. */
  firstByteTimeoutMs: number;
  /** Time spent waiting for the source in all; our own writes between two reads don't count. */
  totalTimeoutMs: number;
  /** Bytes of the body, inflated. */
  maxBytes: number;
  /** Inflated bytes for each byte announced; the platform inflates whatever comes encoded. */
  maxInflationRatio: number;
}

/** A list of 200,000 entries at full length has less than 10 MiB; the times are generous for one. */
export const SOURCE_FETCH_LIMITS: SourceFetchLimits = {
  maxRedirects: 5,
  firstByteTimeoutMs: 10_000,
  totalTimeoutMs: 30_000,
  maxBytes: 10 * 1024 * 1024,
  maxInflationRatio: 100,
};

export type SourceFetch = (url: string, init: RequestInit) => Promise<Response>;

interface Dependencies {
  fetch: SourceFetch;
  clock: Clock;
  policy: AddressPolicy;
  limits?: SourceFetchLimits;
}

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

function fetchFailed(message: string, status: number | null): AppError {
  return appError('SOURCE_FETCH_FAILED', { message, details: { status } });
}

/** The time that may still be spent waiting for the source; `wait` rejects with SOURCE_TIMEOUT when it is over. */
function createWaitingBudget(clock: Clock, limits: SourceFetchLimits, onTimeout: () => void) {
  let remainingMs = limits.totalTimeoutMs;
  return async function wait<T>(work: Promise<T>, atMostMs = Number.POSITIVE_INFINITY): Promise<T> {
    const beganAtMs = clock.nowMs();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          reject(appError('SOURCE_TIMEOUT'));
          onTimeout();
        },
        Math.max(0, Math.min(remainingMs, atMostMs)),
      );
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
      remainingMs -= Math.max(0, clock.nowMs() - beganAtMs);
    }
  };
}

type Wait = ReturnType<typeof createWaitingBudget>;

/** Bytes that a body may have once inflated: a short encoded one may not turn into a long one. */
function allowedBytes(response: Response, limits: SourceFetchLimits): number {
  const announced = Number(response.headers.get('content-length') ?? Number.NaN);
  const isEncoded = !['', 'identity'].includes(response.headers.get('content-encoding')?.trim().toLowerCase() ?? '');
  if (!isEncoded || !Number.isSafeInteger(announced)) return limits.maxBytes;
  return Math.min(limits.maxBytes, announced * limits.maxInflationRatio);
}

async function* decodeBody(response: Response, wait: Wait, maxBytes: number, abort: () => void) {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let byteCount = 0;
  try {
    for (;;) {
      const { done, value } = await wait(reader.read());
      if (done) break;
      byteCount += value.byteLength;
      if (byteCount > maxBytes) throw appError('SOURCE_TOO_LARGE', { details: { limit_bytes: maxBytes } });
      const text = decoder.decode(value, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw fetchFailed('The connection to the source broke off.', response.status);
  } finally {
    // Whoever stops early must not leave the rest of the body flowing, or inflating, into nowhere.
    abort();
    reader.cancel().catch(() => undefined);
  }
}

/** Opens source lists: guarded, redirected by hand, bounded in time and size. */
export function createSourceFetcher({ fetch, clock, policy, limits = SOURCE_FETCH_LIMITS }: Dependencies) {
  async function request(url: URL, headers: Headers, wait: Wait, signal: AbortSignal): Promise<Response> {
    const init: RequestInit = { headers, redirect: 'manual', signal };
    try {
      return await wait(fetch(url.href, init), limits.firstByteTimeoutMs);
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw fetchFailed('The source could not be reached.', null);
    }
  }

  async function nextHop(response: Response, from: URL): Promise<URL | null> {
    const location = response.headers.get('location');
    if (!REDIRECT_STATUSES.has(response.status) || location === null) return null;
    await response.body?.cancel();
    if (!URL.canParse(location, from.href)) throw fetchFailed('The source redirects to no URL.', response.status);
    return assertPublicUrl(new URL(location, from), policy);
  }

  return {
    /**
     * Fetches a list and returns its text in chunks, UTF-8 without its byte order mark. `headers` go to the origin of
     * `sourceUrl` alone. Throws `ADDRESS_NOT_ALLOWED`, `SOURCE_FETCH_FAILED` with the status seen, `SOURCE_TIMEOUT`;
     * the chunks throw these too, and `SOURCE_TOO_LARGE`. Ending the iteration early ends the transfer.
     */
    async open(sourceUrl: string, headers: Readonly<Record<string, string>>): Promise<AsyncIterable<string>> {
      const controller = new AbortController();
      const abort = () => controller.abort();
      const wait = createWaitingBudget(clock, limits, abort);
      const first = await assertPublicUrl(sourceUrl, policy);
      let url = first;
      for (let redirects = 0; redirects <= limits.maxRedirects; redirects += 1) {
        const own = url.origin === first.origin ? headers : {};
        const sent = new Headers({ accept: '*/*', 'user-agent': `switchyard/${version}`, ...own });
        // Nothing to inflate means nothing to be bombed with; a server that encodes anyway is counted inflated.
        sent.set('accept-encoding', 'identity');
        const response = await request(url, sent, wait, controller.signal);
        const next = await nextHop(response, url);
        if (next) {
          url = next;
          continue;
        }
        if (response.status !== 200) {
          await response.body?.cancel();
          throw fetchFailed(`The source answered ${response.status}.`, response.status);
        }
        return decodeBody(response, wait, allowedBytes(response, limits), abort);
      }
      throw fetchFailed(`The source redirects more than ${limits.maxRedirects} times.`, null);
    },
  };
}

export type SourceFetcher = ReturnType<typeof createSourceFetcher>;
