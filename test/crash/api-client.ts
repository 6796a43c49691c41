import { setTimeout as sleep } from 'node:timers/promises';

/** A request that has no answer by then never will have: longer than any wait in a queue. */
const REQUEST_TIMEOUT_MS = 45_000;
/** Between two tries of one request. */
const RETRY_PAUSE_MS = 50;
/** No try had a definite answer for so long: the Worker does not come back. */
const GIVE_UP_AFTER_MS = 180_000;

/** What nobody knows the outcome of: no answer at all, or one that says so. */
const UNKNOWN_CODES = new Set(['UNAVAILABLE', 'INTERNAL', 'IDEMPOTENCY_IN_FLIGHT']);

export interface Reply<Body> {
  status: number;
  /** Of an error; null otherwise. */
  code: string | null;
  body: Body;
  replayed: boolean;
}

export interface Ask {
  apiKey: string;
  idempotencyKey?: string;
  json?: unknown;
}

interface ErrorBody {
  error?: { code?: string };
}

/** A client as users write one: what has no definite answer is asked again, in the same words. */
export function createApiClient(urlOf: () => string) {
  let unanswered = 0;

  async function tryOnce<Body>(method: string, path: string, ask: Ask): Promise<Reply<Body>> {
    const headers: Record<string, string> = { authorization: `Bearer ${ask.apiKey}` };
    if (ask.idempotencyKey !== undefined) headers['idempotency-key'] = ask.idempotencyKey;
    if (ask.json !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(`${urlOf()}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(ask.json === undefined ? {} : { body: JSON.stringify(ask.json) }),
    });
    const body: Body & ErrorBody = JSON.parse(await response.text());
    const code = response.ok ? null : (body.error?.code ?? 'INTERNAL');
    return { status: response.status, code, body, replayed: response.headers.get('idempotent-replayed') === 'true' };
  }

  return {
    /** Tries that had no definite answer. */
    unanswered: () => unanswered,
    /** Asks until there is a definite answer. Throws when there is none for minutes. */
    async ask<Body>(method: string, path: string, ask: Ask): Promise<Reply<Body>> {
      const giveUpAtMs = Date.now() + GIVE_UP_AFTER_MS;
      for (;;) {
        const reply = await tryOnce<Body>(method, path, ask).catch(() => null);
        if (reply !== null && (reply.code === null || !UNKNOWN_CODES.has(reply.code))) return reply;
        unanswered += 1;
        if (Date.now() > giveUpAtMs) throw new Error(`${method} ${path} had no definite answer for minutes`);
        await sleep(RETRY_PAUSE_MS);
      }
    },
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;
