import { UserError } from '../project.ts';

/** A scrape may take its 30 s; nothing here takes longer. */
const CALL_TIMEOUT_MS = 60_000;

export interface ApiAnswer {
  status: number;
  /** The parsed JSON, or null when there was none. */
  body: unknown;
}

/** A field of an answer, wherever it may be missing. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** `CODE: message` of a failed call. */
export function describeFailure(answer: ApiAnswer): string {
  const error = field(answer.body, 'error');
  return `${answer.status} ${field(error, 'code') ?? ''} ${field(error, 'message') ?? ''}`.trim();
}

export type AdminApi = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

/** Calls the running API with a key. */
export function createAdminApi(baseUrl: string, key: string): AdminApi {
  return async (method, path, body) => {
    const answer = await fetch(baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const text = await answer.text();
    try {
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
    } catch {
      throw new UserError(`${method} ${path} answered ${answer.status} with no JSON: ${text.slice(0, 200)}`);
    }
  };
}
