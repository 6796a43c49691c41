import { env, exports } from 'cloudflare:workers';
import { undocumented } from './documented-replies.ts';

/** An answer of the Worker under test, its body already read. */
export interface Reply<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
  /** The body as it came. */
  text: string;
}

interface Call {
  key?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  text?: string;
}

export const adminKey: string = env.ADMIN_API_KEY;

/**
 * Calls the Worker under test as a client would: `call('POST', '/sources', {key, json})`. Fails when the reply is not as the
 * API describes itself.
 */
export async function call<Body = Record<string, unknown>>(
  method: string,
  path: string,
  options: Call = {},
): Promise<Reply<Body>> {
  const headers = new Headers(options.headers);
  if (options.key !== undefined) headers.set('authorization', `Bearer ${options.key}`);
  const body = options.json === undefined ? options.text : JSON.stringify(options.json);
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const init: RequestInit = body === undefined ? { method, headers } : { method, headers, body };
  const response = await exports.default.fetch(new Request(`http://switchyard.test${path}`, init));
  const text = await response.text();
  const reply = { status: response.status, headers: response.headers, body: parse(text), text };
  const problem = await undocumented(method, path, reply);
  if (problem !== null) throw new Error(`${method} ${path}: ${reply.status} ${text.slice(0, 500)}\n${problem}`);
  return reply;
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The code of an error answer, in whichever face's shape; undefined when it is none. */
export function errorCode(reply: Reply): string | undefined {
  const { error, code, errors } = reply.body as {
    error?: string | { code?: string };
    code?: string;
    errors?: { extensions: { code: string } }[];
  };
  return typeof error === 'object' ? error.code : (code ?? errors?.[0]?.extensions.code);
}
