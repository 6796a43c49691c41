import { readRefusal } from '../../api-client/refusal.model.ts';
import { piecesOf, readWithin } from '../../platform/http/read-within.ts';
import { CliError, refused } from '../cli-error.ts';
import type { Connection } from './connection.ts';

/** All the logs that are kept, each line as long as may be, are less. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name could not be resolved',
  UND_ERR_SOCKET: 'the connection ended early',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  if (typeof code === 'string') return causes[code] ?? code;
  return cause instanceof Error ? cause.message : 'no connection';
}

function unreachable(baseUrl: string, why: string): CliError {
  return new CliError(
    'UNREACHABLE',
    'UNREACHABLE',
    `${baseUrl} gave no answer: ${why}.`,
    'Is it up, and is --url right?',
  );
}

/** The error for an answer that no Switchyard gives. */
export function foreign(baseUrl: string): CliError {
  const message = `${baseUrl} answers, but not as Switchyard does.`;
  return new CliError('UNREACHABLE', 'NOT_SWITCHYARD', message, 'Is --url right?');
}

/** What goes to a server and what comes back. A redirect is not followed: the key is for this server alone. */
export function createExchange({ baseUrl, key }: Connection) {
  async function send(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    try {
      return await fetch(url, { ...init, redirect: 'manual' });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      throw unreachable(baseUrl, isLate ? 'it took too long' : causeOf(error));
    }
  }

  function headersOf({ json, idempotencyKey }: { json?: unknown; idempotencyKey?: string } = {}): Headers {
    const headers = new Headers({ accept: 'application/json', 'user-agent': 'switchyard-cli' });
    if (key !== null) headers.set('authorization', `Bearer ${key}`);
    if (json !== undefined) headers.set('content-type', 'application/json');
    if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
    return headers;
  }

  async function bodyOf(response: Response): Promise<unknown> {
    try {
      const body =
        response.body === null ? null : await readWithin(piecesOf(response.body.getReader()), MAX_ANSWER_BYTES);
      return body === null ? undefined : JSON.parse(await body.text());
    } catch {
      return undefined;
    }
  }

  function refusalOf(response: Response, body: unknown): CliError {
    const isRedirect = response.status >= 300 && response.status < 400;
    if (isRedirect || (body === undefined && response.status < 500)) return foreign(baseUrl);
    return refused(readRefusal(response.status, body, response.headers.get('x-request-id')));
  }

  return { send, headersOf, bodyOf, refusalOf };
}
