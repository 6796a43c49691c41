import { Agent, fetch } from 'undici';
import { testBindings } from '../support/bindings.ts';
import type { Operation } from './document.ts';
import type { GeneratedRequest } from './generated-requests.ts';

export interface SweepReply {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
  /** The body: parsed where it is JSON, a text where it is none; null for none. */
  body: unknown;
}

/** Ids of things that exist, the newest last, by the name that paths give them. */
export type ExistingIds = Record<string, string[]>;

/** Older ones are hardly there any more: the sweep deletes, too. */
const MAX_EXISTING_IDS = 20;

function bodyOf(text: string, headers: { get(name: string): string | null }): unknown {
  if (text === '') return null;
  return headers.get('content-type')?.startsWith('text/') ? text : JSON.parse(text);
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}

/** The id in an envelope of the gateway's. */
const partIn = (plural: string) => (body: unknown) => {
  const items = field(body, plural);
  return Array.isArray(items) ? field(items[0], 'sKey') : undefined;
};

/** Which operation makes the things that a path parameter names, and where its answer has the id. */
const MAKERS: Readonly<Record<string, { parameter: string; idIn(body: unknown): unknown }>> = {
  'POST /auth/register': { parameter: 'account_id', idIn: (body) => field(field(body, 'user'), 'id') },
  'POST /auth/keys': { parameter: 'key_id', idIn: (body) => field(body, 'id') },
  'POST /sources': { parameter: 'source_id', idIn: (body) => field(body, 'id') },
  'POST /notifiers': { parameter: 'notifier_id', idIn: (body) => field(body, 'id') },
  'POST /api/clients/{clientId}/credentials': { parameter: 'credentialId', idIn: partIn('credentials') },
  'POST /api/clients/{clientId}/targets': { parameter: 'targetId', idIn: partIn('targets') },
  'POST /api/clients/{clientId}/proxies': { parameter: 'proxyId', idIn: partIn('proxies') },
  'POST /api/clients/{clientId}/{parentKind}/{parentId}/rules': { parameter: 'ruleId', idIn: partIn('rules') },
  'POST /api/sessions/register': { parameter: 'session_id', idIn: (body) => field(body, 'session_id') },
  'POST /proxies/acquire': { parameter: 'lease_id', idIn: (body) => field(body, 'lease_id') },
};

/** Remembers what an answer says was made. */
export function noteMade(existing: ExistingIds, operation: Operation, reply: SweepReply): void {
  const maker = MAKERS[operation.name];
  const id = maker?.idIn(reply.body);
  if (!maker || typeof id !== 'string' || reply.status >= 300) return;
  existing[maker.parameter] = [...(existing[maker.parameter] ?? []), id].slice(-MAX_EXISTING_IDS);
}

function pathOf(operation: Operation, request: GeneratedRequest, existing: ExistingIds): string {
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) => {
    const id = request.ids[name] ?? { existing: 0 };
    if ('text' in id) return id.text;
    const ids = existing[name] ?? [];
    return ids.at(-1 - (id.existing % Math.max(ids.length, 1))) ?? '01890000-0000-7000-8000-000000000000';
  });
  const query = new URLSearchParams(request.query).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Sends generated requests to the Worker at an address. */
export function createSweepClient(origin: URL, viewerKey: string, existing: ExistingIds) {
  // The runtime closes a connection that was idle for five seconds. Where this process may be held up for longer than that,
  // a request would run into its end: each has a connection of its own.
  const dispatcher = new Agent({ pipelining: 0 });
  const keys = {
    admin: testBindings.ADMIN_API_KEY,
    viewer: viewerKey,
    nobody: null,
    mistyped: `${testBindings.ADMIN_API_KEY.slice(0, -1)}x`,
  };
  return {
    async send(operation: Operation, request: GeneratedRequest): Promise<SweepReply> {
      const key = keys[request.caller];
      const headers = { ...request.headers, ...(key === null ? {} : { authorization: `Bearer ${key}` }) };
      const body = request.body === null ? null : `${' '.repeat(request.paddingBytes)}${request.body}`;
      const response = await fetch(`${origin.origin}${pathOf(operation, request, existing)}`, {
        method: operation.method,
        headers,
        body,
        dispatcher,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: bodyOf(text, response.headers) };
    },
  };
}
