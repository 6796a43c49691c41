import { randomUUID } from 'node:crypto';
import { CliError } from '../cli-error.ts';
import type { Connection } from './connection.ts';
import { createExchange, foreign } from './exchange.ts';

/** Longer than the slowest answer, a report's re-check, is meant to take. */
const ANSWER_WITHIN_MS = 60_000;
/** What spends is asked again when its answer was lost; the same Idempotency-Key gives the first answer. */
const MAX_SPEND_TRIES = 3;
const SPEND_PAUSE_MS = 500;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallOptions {
  query?: Query;
  json?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
  withinMs?: number;
  /** Statuses whose body is an answer, not a refusal. */
  answerStatuses?: readonly number[];
}

export interface Answered<Body> {
  status: number;
  body: Body;
}

/** The API as a command sees it. Everything throws CliError, or what `signal` was aborted with. */
export interface ApiClient {
  readonly baseUrl: string;
  ask<Body>(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<Answered<Body>>;
  get<Body>(path: string, query?: Query): Promise<Body>;
  post<Body>(path: string, json?: unknown): Promise<Body>;
  /** A POST that costs: asked again with the same `Idempotency-Key` when no answer came, so it costs once. */
  spend<Body>(path: string, json: unknown, options?: { signal?: AbortSignal }): Promise<Body>;
  /** An endless answer of server-sent events. */
  openStream(path: string, query: Query, lastEventId: string | null, signal: AbortSignal): Promise<Response>;
}

function withQuery(url: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? url : `${url}?${search}`;
}

/** Asks the API as any client would. */
export function createApiClient(connection: Connection): ApiClient {
  const { baseUrl } = connection;
  const { send, headersOf, bodyOf, refusalOf } = createExchange(connection);

  async function ask<Body>(method: 'GET' | 'POST', path: string, options: CallOptions = {}): Promise<Answered<Body>> {
    const { query, json, signal, withinMs = ANSWER_WITHIN_MS, answerStatuses = [] } = options;
    const limit = AbortSignal.timeout(withinMs);
    const init: RequestInit = {
      method,
      headers: headersOf(options),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    };
    const response = await send(withQuery(baseUrl + path, query), init, signal);
    const body = await bodyOf(response);
    const { status } = response;
    if (!response.ok && !answerStatuses.includes(status)) throw refusalOf(response, body);
    if (typeof body !== 'object' || body === null) throw foreign(baseUrl);
    return { status, body: body as Body };
  }

  /** A second try may help: no answer came, or one that says so. */
  const isLost = (error: unknown) =>
    error instanceof CliError && (error.code === 'UNREACHABLE' || error.refusal?.code === 'IDEMPOTENCY_IN_FLIGHT');

  return {
    baseUrl,
    ask,
    get: async <Body>(path: string, query?: Query) => (await ask<Body>('GET', path, query ? { query } : {})).body,
    post: async <Body>(path: string, json?: unknown) => (await ask<Body>('POST', path, { json })).body,

    async spend<Body>(path: string, json: unknown, { signal }: { signal?: AbortSignal } = {}) {
      const idempotencyKey = randomUUID();
      for (let tries = 1; ; tries += 1) {
        try {
          const options = { json, idempotencyKey, ...(signal ? { signal } : {}) };
          return (await ask<Body>('POST', path, options)).body;
        } catch (error) {
          if (tries >= MAX_SPEND_TRIES || !isLost(error) || signal?.aborted) throw error;
          await new Promise((resolve) => setTimeout(resolve, SPEND_PAUSE_MS * tries));
        }
      }
    },

    async openStream(path, query, lastEventId, signal) {
      const headers = headersOf();
      headers.set('accept', 'text/event-stream');
      if (lastEventId !== null) headers.set('last-event-id', lastEventId);
      const response = await send(withQuery(baseUrl + path, query), { headers, signal }, signal);
      if (!response.ok) throw refusalOf(response, await bodyOf(response));
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (!isStream) throw foreign(baseUrl);
      return response;
    },
  };
}
