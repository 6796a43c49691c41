import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorShapeOf } from '../src/faces.ts';
import { createLeaseBookClient } from '../src/proxy-pool/leases/lease-book.client.ts';
import { type OpenApiDocument, type Operation, readOperations } from './api/document.ts';
import { logRequests, proxiedRequest } from './ops/requests/support.ts';
import { proxyRow } from './proxy-pool/leases/support.ts';
import { createSource, listUrl } from './proxy-pool/sources/support.ts';
import { createAccount, type TestAccount, uniqueEmail } from './support/factories.ts';
import { adminKey, call, type Reply } from './support/harness.ts';
import { refusal } from './support/refusals.ts';

/** Ids of what belongs to all, and why a stranger may see it. */
const SHARED: Readonly<Record<string, string>> = {
  source_id: 'the inventory is one for all accounts; who may write it is a matter of roles',
  proxy_id: 'the inventory is one for all accounts',
  name: 'the background processes work for all accounts',
};

/** Headers that differ from answer to answer, or with the length of the message. */
const VARYING_HEADERS = new Set(['x-request-id', 'date']);

interface RecordedCall {
  method: string;
  path: string;
  json?: object;
  headers?: Record<string, string>;
}

let operations: Operation[];
let owner: TestAccount & { email: string };
let stranger: TestAccount;
let operator: TestAccount;
/** The owner's ids, by the name that paths give them. */
let ids: Record<string, string>;
/** What no answer to anybody else may hold. */
let secrets: string[];
const recorded: RecordedCall[] = [];

/** Makes a call as the owner, and keeps it for the others to try. */
async function asOwner<Body>(method: string, path: string, more: Omit<RecordedCall, 'method' | 'path'> = {}) {
  recorded.push({ method, path, ...more });
  return call<Body>(method, path, { key: owner.key, ...more });
}

async function register(): Promise<TestAccount & { email: string }> {
  const email = uniqueEmail();
  const { body } = await call<{ user: { id: string }; api_key: { id: string; key: string } }>(
    'POST',
    '/auth/register',
    {
      json: { email, display_name: 'Owner' },
    },
  );
  return { id: body.user.id, key: body.api_key.key, keyId: body.api_key.id, email };
}

/** A proxied request of the owner; its id. */
async function loggedRequest(): Promise<string> {
  await logRequests([proxiedRequest(owner.id)]);
  const { body } = await asOwner<{ requests: { id: string }[] }>('GET', '/api/v1/proxy/requests');
  return body.requests[0]?.id ?? '';
}

/** Everything that an account can have, made by its own calls. */
async function fillAccount(): Promise<void> {
  const country = 'ZX';
  await createLeaseBookClient(env.LEASE_BOOK, 0).apply(Array.from({ length: 4 }, () => proxyRow({ country })));
  const second = await asOwner<{ id: string; key: string }>('POST', '/auth/keys', { json: { label: 'second' } });
  const headers = { 'idempotency-key': `owner-${crypto.randomUUID()}` };
  const lease = await asOwner<{ lease_id: string }>('POST', '/proxies/acquire', { json: { country }, headers });
  const ended = await asOwner<{ lease_id: string }>('POST', '/proxies/acquire', { json: { country } });
  await asOwner('POST', `/proxies/acquire/${ended.body.lease_id}/release`);
  const page = await asOwner<{ next_cursor: string }>('GET', '/account/transactions?limit=1');
  await asOwner('GET', `/account/transactions?limit=1&cursor=${page.body.next_cursor}`);
  for (const path of ['/account', '/account/credits', '/account/leases', '/auth/keys', '/proxies', '/stats/pool']) {
    expect([path, (await asOwner('GET', path)).status]).toEqual([path, 200]);
  }
  const clientId = owner.id;
  const credential = await asOwner<{ credentials: { sKey: string }[] }>(
    'POST',
    `/api/clients/${clientId}/credentials`,
    {
      json: {
        credentialName: 'Owner',
        credentialType: 'target',
        credentialAuthType: 'bearer',
        credentialRegion: 'us-east-1',
        credentialSecret: { token: 'owners-token' },
      },
    },
  );
  const credentialId = credential.body.credentials[0]?.sKey ?? '';
  const rules = `/api/clients/${clientId}/credentials/${credentialId}/rules`;
  const rule = await asOwner<{ rules: { sKey: string }[] }>('POST', rules, { json: { effect: 'deny' } });
  await asOwner('GET', '/api/clients');
  const session = await fillSessions(headers);
  const source = await createSource({ url: listUrl('/lines.txt') });
  ids = {
    account_id: owner.id,
    key_id: second.body.id,
    lease_id: lease.body.lease_id,
    session_id: session.session_id,
    source_id: source.id,
    proxy_id: crypto.randomUUID(),
    clientId,
    credentialId,
    parentId: credentialId,
    ruleId: rule.body.rules[0]?.sKey ?? '',
    request_id: await loggedRequest(),
  };
  const { account_id: _account, ...own } = ids;
  secrets = [
    owner.email,
    owner.key,
    owner.id,
    owner.keyId,
    second.body.key,
    own.key_id ?? '',
    own.lease_id ?? '',
    own.request_id ?? '',
    ended.body.lease_id,
    credentialId,
    'owners-token',
    session.session_id,
    session.profile_id,
  ];
}

/** A session that others try under the same name, and one that only the owner ever names. */
async function fillSessions(headers: Record<string, string>): Promise<{ session_id: string; profile_id: string }> {
  const named = { session_id: `shared-name-${crypto.randomUUID()}`, profile_id: 'profile' };
  await asOwner('POST', '/api/sessions/register', { json: { ...named, proxy: '203.0.113.77:8080' }, headers });
  await asOwner('POST', '/api/events', { json: { ...named, event_type: 'click' } });
  await asOwner('POST', '/api/events/batch', { json: { events: [{ ...named, event_type: 'scroll' }] } });
  await asOwner('POST', '/api/sessions/end', { json: { session_id: named.session_id, success: true, duration: 1 } });
  const own = { session_id: `own-${crypto.randomUUID()}`, profile_id: `own-${crypto.randomUUID()}` };
  const details = { note: own.profile_id };
  for (const [path, json] of [
    ['/api/sessions/register', { ...own, proxy: `${own.profile_id}:80` }],
    ['/api/events', { ...own, event_type: 'click', details }],
  ] as const) {
    expect((await call('POST', path, { key: owner.key, json })).status).toBe(200);
  }
  const lists = ['/api/sessions', '/api/events', '/api/stats', '/api/ip/status', '/api/sessions/export'];
  for (const path of [...lists, '/api/events/export?format=json', `/api/sessions/${named.session_id}`]) {
    const reply = await asOwner('GET', path);
    expect([path, reply.status]).toEqual([path, 200]);
    if (lists.includes(path)) expect([path, reply.text]).toEqual([path, expect.stringContaining(own.profile_id)]);
  }
  return own;
}

function pathWith(operation: Operation, values: Readonly<Record<string, string>>): string {
  const path = operation.path.replace('{parentKind}', 'credentials');
  return path.replaceAll(/\{([^}]+)\}/g, (_whole, name: string) => values[name] ?? crypto.randomUUID());
}

/** What of an answer must be the same, whether the thing is there or not. */
function visibleOf({ status, headers, text }: Reply) {
  return { status, text, headers: [...headers].filter(([name]) => !VARYING_HEADERS.has(name)) };
}

/** An id of the same form that nobody has. */
function nobodys(name: string): string {
  const id = ids[name] ?? crypto.randomUUID();
  if (id.length === 7) return `${id.slice(0, -1)}${id.endsWith('0') ? '4' : '0'}`;
  return `${id.slice(0, -12)}${crypto.randomUUID().slice(-12)}`;
}

/** The operations that name something of an account. */
function ownedOperations(): Operation[] {
  return operations.filter(({ parameters }) =>
    parameters.some(({ in: place, name }) => place === 'path' && !(name in SHARED)),
  );
}

async function ownersState() {
  const paths = ['/account', '/account/credits', '/account/leases', '/auth/keys', '/api/sessions', '/api/events'];
  return Promise.all(paths.map(async (path) => (await call('GET', path, { key: owner.key })).text));
}

beforeAll(async () => {
  const document = await call<OpenApiDocument>('GET', '/openapi.json');
  operations = readOperations(document.body);
  owner = await register();
  stranger = await createAccount('viewer');
  operator = await createAccount('operator');
  await fillAccount();
});

describe('what an account has', () => {
  it('is for another account the same as what is not there, to the byte, whatever is tried on it', async () => {
    const before = await ownersState();
    const tried = ownedOperations();
    expect(tried.length).toBeGreaterThanOrEqual(6);
    for (const operation of tried) {
      for (const [who, key] of [
        ['stranger', stranger.key],
        ['operator', operator.key],
        ['nobody', undefined],
      ] as const) {
        const options = { ...(key !== undefined && { key }), ...(operation.bodySchema && { json: {} }) };
        const none = Object.fromEntries(Object.keys(ids).map((name) => [name, nobodys(name)]));
        const there = await call(operation.method, pathWith(operation, ids), options);
        const notThere = await call(operation.method, pathWith(operation, none), options);
        expect([operation.name, who, visibleOf(there)]).toEqual([operation.name, who, visibleOf(notThere)]);
        const allowed = who === 'nobody' ? [401] : [400, 403, 404, 422];
        expect(allowed, `${operation.name} by ${who}: ${there.status}`).toContain(there.status);
      }
    }
    expect(await ownersState()).toEqual(before);
  });

  it('shows in no answer to another account that repeats the owner’s calls, keys and cursors included', async () => {
    const before = await ownersState();
    expect(recorded.length).toBeGreaterThan(10);
    for (const { method, path, ...options } of recorded) {
      const name = `${method} ${path}`;
      for (const key of [stranger.key, operator.key]) {
        const reply = await call(method, path, { ...options, key });
        const shown = secrets.filter((secret) => reply.text.includes(secret));
        expect([name, shown]).toEqual([name, []]);
        expect([name, reply.headers.get('idempotent-replayed')]).toEqual([name, null]);
      }
      const nobody = await call(method, path, options);
      expect([name, nobody]).toMatchObject([name, refusal(path, 'UNAUTHORIZED')]);
    }
    expect(await ownersState()).toEqual(before);
  });

  it('is in no list of another account, whichever lists there are', async () => {
    const lists = operations.filter(
      ({ method, path, isPublic, responses }) =>
        // A stream never ends; what it shows to whom is its own tests' business.
        method === 'GET' && !isPublic && !path.includes('{') && !responses[200]?.content?.['text/event-stream'],
    );
    expect(lists.length).toBeGreaterThan(5);
    for (const { name, path } of lists) {
      for (const key of [stranger.key, operator.key]) {
        const reply = await call('GET', path, { key });
        expect([name, secrets.filter((secret) => reply.text.includes(secret))]).toEqual([name, []]);
      }
    }
  });

  it('is never found with a cursor of the owner', async () => {
    const cursors = recorded.filter(({ path }) => path.includes('cursor='));
    expect(cursors.length).toBeGreaterThan(0);
    for (const { method, path } of cursors) {
      for (const { key } of [stranger, operator]) {
        const reply = await call(method, path, { key });
        expect([path, reply.status, reply.body]).toMatchObject([path, 400, { error: { code: 'INVALID_CURSOR' } }]);
      }
    }
  });
});

describe('a key that is no more', () => {
  it('gets from every operation what no key gets', async () => {
    const gone = await createAccount();
    expect((await call('DELETE', `/admin/accounts/${gone.id}`, { key: adminKey })).status).toBe(204);
    for (const operation of operations.filter(({ isPublic }) => !isPublic)) {
      const options = operation.bodySchema ? { json: {} } : {};
      const path = pathWith(operation, ids);
      const withKey = await call(operation.method, path, { ...options, key: gone.key });
      const without = await call(operation.method, path, options);
      expect([operation.name, without]).toMatchObject([operation.name, refusal(operation.path, 'UNAUTHORIZED')]);
      // The sessions face tells a bad key from none, as its reference does; a key that is no more is like any bad one.
      const badKey = adminKey.replace('Tests', 'tests');
      const bad = await call(operation.method, path, { ...options, key: badKey });
      expect([operation.name, visibleOf(withKey)]).toEqual([operation.name, visibleOf(bad)]);
      if (errorShapeOf(path) !== 'sessions') expect(visibleOf(withKey)).toEqual(visibleOf(without));
    }
  });
});
