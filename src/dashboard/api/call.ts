import { readRefusal } from '../../api-client/refusal.model.ts';
import { noteAnswer, noteSilence } from '../app/connection.ts';
import { session, signOut } from '../app/session.ts';
import { ApiError, OFFLINE } from './api-error.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface CallOptions {
  json?: unknown;
  signal?: AbortSignal;
  /** Makes a retry of something that costs safe: the same one gives the first answer again. */
  idempotencyKey?: string;
  /** Another key than the session's: one that is being tried. */
  key?: string;
  /** What is taken instead of JSON. */
  accept?: string;
  /** The last event that was had of a stream: it goes on behind it. */
  lastEventId?: string;
}

function headersOf(options: CallOptions): Headers {
  const {
    json,
    idempotencyKey,
    lastEventId,
    accept = 'application/json',
    key = session.get().key ?? undefined,
  } = options;
  const headers = new Headers({ accept });
  if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
  if (json !== undefined) headers.set('content-type', 'application/json');
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
  if (lastEventId !== undefined) headers.set('last-event-id', lastEventId);
  return headers;
}

async function send(method: Method, path: string, options: CallOptions): Promise<Response> {
  const { json, signal } = options;
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  try {
    const response = await fetch(path, { method, headers: headersOf(options), ...body, ...(signal ? { signal } : {}) });
    noteAnswer();
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    noteSilence();
    const message = 'The server can’t be reached.';
    throw new ApiError({ message, status: 0, code: OFFLINE, issues: [], requestId: null });
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** The API's answer itself. Throws ApiError; a key that is no longer taken ends the session. */
export async function answerOf(method: Method, path: string, options: CallOptions = {}): Promise<Response> {
  const response = await send(method, path, options);
  if (response.ok) return response;
  if (response.status === 401 && options.key === undefined && session.get().key !== null) {
    signOut('Your key is not taken any more: it was revoked, or its account was closed.');
  }
  throw new ApiError(readRefusal(response.status, await bodyOf(response), response.headers.get('x-request-id')));
}

/** Asks the API as any client would, for JSON. */
export async function call<Answer>(method: Method, path: string, options: CallOptions = {}): Promise<Answer> {
  return (await bodyOf(await answerOf(method, path, options))) as Answer;
}
