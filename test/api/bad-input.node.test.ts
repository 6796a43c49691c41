import { createServer, request, type Server } from 'node:http';
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorShapeOf } from '../../src/faces.ts';
import { statusOfCode } from '../../src/platform/errors/error-shapes.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import { type OpenApiDocument, type Operation, readOperations } from './document.ts';
import { type GeneratedRequest, requestArbitrary } from './generated-requests.ts';
import { replyProblem } from './reply-rules.ts';
import { createSchemaJudge, type SchemaJudge } from './reply-schemas.ts';
import type { FieldHints } from './schema-arbitraries.ts';
import { createSweepClient, type ExistingIds, noteMade } from './sweep-client.ts';

/** Operations that are left out, each with its reason. */
const NOT_SWEPT: Readonly<Record<string, string>> = {
  'POST /api/v1/shutdown': 'it would end the sweep’s own leases',
  'GET /api/v1/logs/stream': 'it never ends',
  'GET /api/v1/proxy/requests/stream': 'it never ends',
};

/** Operations that no sweep gets a good answer from, each with its reason. */
const NEVER_ACCEPTED: Readonly<Record<string, string>> = {
  'GET /judge': 'its nonce is made by checks alone',
  'GET /api/v1/proxy/requests/{request_id}': 'nothing is proxied meanwhile',
  'POST /notifiers/{notifier_id}/deliveries/{delivery_id}/redeliver': 'it takes a notifier and a delivery of its own',
  'DELETE /api/clients/{clientId}': 'the parts of the sweep are in the default client, which stays',
  'PUT /api/clients/{clientId}/credentials/{credentialId}':
    'most generated changes name what cannot be changed, and are refused for it',
};

/** In all: a few thousand take some twenty seconds; API_SWEEP_REQUESTS=50000 is for a release. */
const REQUESTS = Number(process.env.API_SWEEP_REQUESTS ?? 2_500);
/** The same seed sends the same requests in the same order: a commit is judged by the same ones wherever it is tested. */
const SEED = Number(process.env.API_SWEEP_SEED ?? 362_033);
/** Far more than one request takes on a busy machine. */
const MAX_MS_A_REQUEST = 60;
const PROXIES = 600;
const CREDITS = 1_000_000;

let worker: WorkerProcess;
let lists: Server;
let operations: Operation[];
let document: OpenApiDocument;
let judge: SchemaJudge;
let viewerKey: string;

/** Few enough that all are registered before their events come. */
const sweptSession = fc.nat(6).map((serial) => `sweep-${serial}`);

/** What no schema can say of a field; URLs lead to a list server on loopback and nowhere else. */
function hintsFor(listOrigin: string, parts: GatewayParts): FieldHints {
  const readable = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 .-]{0,30}[a-z]$/);
  return {
    email: fc.nat(100_000).map((serial) => `user-${serial}@example.com`),
    display_name: readable,
    label: readable,
    description: readable,
    target: readable,
    url: fc.nat(400).map((serial) => `${listOrigin}/${serial}.txt`),
    parser_name: fc.constantFrom('plaintext', 'json', 'csv', 'no-such-parser'),
    cron_schedule: fc.constantFrom('*/5 * * * *', '0 4 * * 1', '59 23 31 12 *'),
    headers: fc.dictionary(fc.constantFrom('x-api-key', 'accept-language'), fc.stringMatching(/^[a-z0-9]{1,20}$/)),
    pool: fc.constantFrom('default', 'sweep-a', 'sweep-b'),
    amount: fc.integer({ min: 1, max: 1_000 }),
    country: fc.constantFrom('DE', 'de', 'US'),
    wait_seconds: fc.constant(0),
    lease_duration_seconds: fc.constantFrom(600, 3_600),
    name: readable,
    secret: fc.constant(`whsec_${btoa('x'.repeat(32))}`),
    events: fc.constantFrom(['*'], ['credits.*', 'lease.expired']),
    host: fc.constant('127.0.0.1'),
    port: fc.constant(1),
    username: fc.constantFrom(null, 'mailer'),
    session_id: sweptSession,
    profile_id: readable,
    device: readable,
    proxy: fc.constantFrom('203.0.113.9:8080', 'user:password@203.0.113.9:8080', null),
    details: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
    from: fc.constant('from@example.com'),
    to: fc.constant(['to@example.com']),
    ...Object.fromEntries(['client', 'credential', 'target', 'proxy'].map((part) => [`${part}Name`, readable])),
    ...Object.fromEntries(['credential', 'target', 'proxy'].map((part) => [`${part}Region`, fc.constant(REGION)])),
    targetBaseURL: fc.constant(listOrigin),
    tokenUrl: fc.constant(`${listOrigin}/token`),
    startDate: fc.constant('2026-01-01T00:00:00Z'),
    endDate: fc.constant('2026-02-01T00:00:00Z'),
    key: fc.constant('x-api-key'),
    addToHeader: fc.constant(true),
    proxyProxyCredentialId: fc.constant(parts.proxyCredentialId),
    proxyTargetId: fc.constant(parts.targetId),
    proxyTargetCredentialId: fc.constant(parts.targetCredentialId),
    proxyAlias: fc.nat(100_000).map((serial) => `alias-${serial}`),
    proxyAdditionalHeaders: fc.dictionary(fc.constantFrom('x-team', 'x-stage'), fc.stringMatching(/^[a-z0-9]{1,20}$/)),
    pattern: fc.constantFrom('^/v1/', 'a+$', '.*'),
    value: fc.constantFrom('secret', '^a', 'x{2,3}'),
    // None: a cursor is only what a list gave out.
    cursor: fc.constant(undefined),
  };
}

/** An event is taken only of a session that is there, and only a process that was stopped can be started. */
const GO_FIRST = new Set(['POST /api/sessions/register', 'POST /api/v1/processes/{name}/stop']);

/** What its schema can't say of an operation's fields. */
const HEADER_NAMES = { name: fc.constantFrom('x-role', 'accept') };
const RULES = '/api/clients/{clientId}/{parentKind}/{parentId}/rules';
const OPERATION_HINTS = {
  // `events` is a list of patterns elsewhere.
  'POST /api/events/batch': {
    events: fc.array(fc.record({ session_id: sweptSession, event_type: fc.constantFrom('click', 'error', 'custom') }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  'GET /api/v1/logs': {
    process: fc.constantFrom(undefined, 'scraper,validator'),
    pattern: fc.constantFrom(undefined, 'a+'),
  },
  // Their fields have names that mean other things elsewhere.
  'POST /api/clients/{clientId}/credentials': { username: fc.constantFrom('caller', 'service') },
  [`POST ${RULES}`]: HEADER_NAMES,
  [`PUT ${RULES}/{ruleId}`]: HEADER_NAMES,
  // Their form is that of the notifier's kind, which its row knows.
  'PATCH /notifiers/{notifier_id}': { settings: fc.constant(undefined), secret: fc.constant(undefined) },
};
const REGION = 'us-east-1';

interface GatewayParts {
  proxyCredentialId: string;
  targetId: string;
  targetCredentialId: string;
  proxyId: string;
}

/** A gateway proxy and its parts, which stay because they are in use. */
async function makeGatewayParts(clientId: string, origin: string): Promise<GatewayParts> {
  const make = async (plural: string, fields: object) => {
    const { status, body } = await worker.call<Record<string, { sKey: string }[]>>(
      'POST',
      `/api/clients/${clientId}/${plural}`,
      fields,
    );
    expect(status).toBe(201);
    return body[plural]?.[0]?.sKey ?? '';
  };
  const credential = (credentialType: string) => ({
    credentialName: 'Made',
    credentialRegion: REGION,
    credentialType,
    credentialAuthType: 'bearer',
    credentialSecret: { token: 'made' },
  });
  const parts = {
    proxyCredentialId: await make('credentials', credential('proxy')),
    targetCredentialId: await make('credentials', credential('target')),
    targetId: await make('targets', { targetName: 'Made', targetRegion: REGION, targetBaseURL: origin }),
  };
  const proxyId = await make('proxies', {
    proxyName: 'Made',
    proxyRegion: REGION,
    proxyProxyCredentialId: parts.proxyCredentialId,
    proxyTargetId: parts.targetId,
    proxyTargetCredentialId: parts.targetCredentialId,
  });
  return { ...parts, proxyId };
}

function startListServer(): Promise<Server> {
  const server = createServer((request, response) =>
    response.end(`127.66.0.1:${1_000 + (request.url ?? '').length}\n`),
  );
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Leasable proxies, as checks would have left them; nothing dials them. */
async function insertProxies(): Promise<void> {
  await worker.database
    .prepare(
      `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, anonymity, country, score, avg_latency_ms,
         uptime, first_seen_at, last_seen_at, last_checked_at, revision)
       SELECT printf('01890000-0000-7000-8000-%012d', value), '127.65.' || (value / 250) || '.' || (value % 250), 8080,
         CASE value % 4 WHEN 0 THEN 'http' WHEN 1 THEN 'https' WHEN 2 THEN 'socks4' ELSE 'socks5' END, 0, 'active', 1,
         CASE value % 3 WHEN 0 THEN 'elite' WHEN 1 THEN 'anonymous' ELSE 'transparent' END, 'DE', (value % 100) / 100.0,
         value, 1, 0, 0, 0, value
       FROM json_each(?1)`,
    )
    .bind(JSON.stringify(Array.from({ length: PROXIES }, (_, index) => index + 1)))
    .run();
  await worker.database.prepare("UPDATE sequences SET value = ?1 WHERE name = 'proxy_revision'").bind(PROXIES).run();
  await worker.tick();
}

async function register(email: string): Promise<{ user: { id: string }; api_key: { id: string; key: string } }> {
  const { status, body } = await worker.call<{ user: { id: string }; api_key: { id: string; key: string } }>(
    'POST',
    '/auth/register',
    { email, display_name: 'Sweep' },
  );
  expect(status).toBe(201);
  return body;
}

const EXTRA_FINGERPRINTS = [
  'SELECT COALESCE(SUM(updated_at), 0) FROM sources',
  "SELECT COALESCE(group_concat(role || COALESCE(disabled_at, '')), '') FROM accounts",
  'SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL',
];

/** Written at any moment: what ends by its time, and what failed before, is told to the notifiers in the background. */
const WRITTEN_BEHIND = new Set(['outbox', 'notifier_deliveries']);

/** A query whose one row changes with everything that a request may write to D1. */
async function fingerprintQuery(): Promise<D1PreparedStatement> {
  const { results } = await worker.database
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_' AND name NOT LIKE 'sqlite%'",
    )
    .all<{ name: string }>();
  const tables = results.map(({ name }) => name).filter((name) => !WRITTEN_BEHIND.has(name));
  const parts = [...tables.map((name) => `SELECT COUNT(*) FROM "${name}"`), ...EXTRA_FINGERPRINTS];
  return worker.database.prepare(`SELECT ${parts.map((part) => `(${part})`).join(" || '/' || ")} AS fingerprint`);
}

beforeAll(async () => {
  lists = await startListServer();
  worker = await startWorkerProcess({ JUDGE_URL: '' });
  document = await (await fetch(`${worker.baseUrl}/openapi.json`)).json();
  const swept = readOperations(document).filter(({ name }) => !(name in NOT_SWEPT));
  // What is deleted or released is not there for the others, and a lease may last only an hour: its operations come together.
  const stage = ({ method, path }: Operation) => {
    if (method === 'DELETE') return 3;
    if (path.endsWith('/release')) return 2;
    return Number(path.startsWith('/proxies/acquire'));
  };
  const starts = ({ name }: Operation) => Number(GO_FIRST.has(name));
  operations = swept.sort((left, right) => stage(left) - stage(right) || starts(right) - starts(left));
  judge = createSchemaJudge(document);
  await insertProxies();
  viewerKey = (await register('viewer@example.com')).api_key.key;
  const { body } = await worker.call<{ id: string }>('GET', '/account');
  await worker.call('POST', `/admin/accounts/${body.id}/credits`, { amount: CREDITS, description: 'For the sweep' });
}, 120_000);

afterAll(async () => {
  await worker?.stop();
  lists?.close();
});

/** Things for the paths to name, so that the first requests find some. */
async function makeSome(origin: string) {
  const none: string[] = [];
  const existing = {
    account_id: [...none],
    key_id: [...none],
    source_id: [...none],
    lease_id: [...none],
    proxy_id: [...none],
  };
  for (let serial = 0; serial < 5; serial += 1) {
    existing.account_id.push((await register(`made-${serial}@example.com`)).user.id);
    const key = await worker.call<{ id: string }>('POST', '/auth/keys', { label: 'made' });
    const source = await worker.call<{ id: string }>('POST', '/sources', { url: `${origin}/made-${serial}.txt` });
    const lease = await worker.call<{ lease_id: string }>('POST', '/proxies/acquire', {});
    expect([key.status, source.status, lease.status]).toEqual([201, 201, 200]);
    existing.key_id.push(key.body.id);
    existing.source_id.push(source.body.id);
    existing.lease_id.push(lease.body.lease_id);
    existing.proxy_id.push(`01890000-0000-7000-8000-${String(serial + 1).padStart(12, '0')}`);
  }
  return existing;
}

interface Transactions {
  items: { amount: number; tx_type: string }[];
  next_cursor: string | null;
}

async function allTransactions(): Promise<Transactions['items']> {
  const items: Transactions['items'] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: { body: Transactions } = await worker.call('GET', `/account/transactions?limit=200${query}`);
    items.push(...page.body.items);
    cursor = page.body.next_cursor;
  }
  return items;
}

describe(`generated requests, API_SWEEP_SEED=${SEED}`, () => {
  it(
    'never get an answer that is our fault or not documented, and leave nothing behind when they are refused',
    async () => {
      const origin = originOf(lists);
      const account = await worker.call<{ client_id: string }>('GET', '/account');
      const parts = await makeGatewayParts(account.body.client_id, origin);
      const existing: ExistingIds = {
        ...(await makeSome(origin)),
        clientId: [account.body.client_id],
        credentialId: [parts.proxyCredentialId],
        targetId: [parts.targetId],
        proxyId: [parts.proxyId],
        parentKind: ['credentials'],
        parentId: [parts.proxyCredentialId],
        ruleId: [],
        // Of processes: which there are is fixed.
        name: ['scraper', 'retention'],
      };
      const client = createSweepClient(await worker.miniflare.ready, viewerKey, existing);
      const fingerprint = await fingerprintQuery();
      const generator = { document, hints: hintsFor(origin, parts), operationHints: OPERATION_HINTS };
      const numRuns = Math.ceil(REQUESTS / operations.length);
      const requestIds = new Set<string>();
      const leases = new Set(existing.lease_id);
      const seen = new Map<string, number>();
      let sent = 0;
      let before = await fingerprint.first<string>('fingerprint');

      const check = async (operation: Operation, generated: GeneratedRequest) => {
        const reply = await client.send(operation, generated);
        sent += 1;
        const problem = replyProblem(judge, operation, generated, reply);
        expect(problem, `${operation.name}: ${reply.status} ${reply.text.slice(0, 300)}`).toBeNull();
        requestIds.add(reply.headers.get('x-request-id') ?? '');
        noteMade(existing, operation, reply);
        if (operation.name === 'POST /proxies/acquire' && reply.status === 200 && generated.caller === 'admin') {
          leases.add(String(Reflect.get(Object(reply.body), 'lease_id')));
        }
        const group = `${operation.name} ${reply.status}`;
        seen.set(group, (seen.get(group) ?? 0) + 1);
        // Reading writes nothing, and looking after each of these would take half of the time.
        if (operation.method === 'GET') return;
        const after = await fingerprint.first<string>('fingerprint');
        // A source that fails is noted in its row, and the notifiers are told.
        if (reply.status >= 400 && reply.status !== 502) expect(after, `${group} wrote something`).toBe(before);
        before = after;
      };
      for (const operation of operations) {
        const property = fc.asyncProperty(requestArbitrary(generator, judge, operation), (generated) =>
          check(operation, generated),
        );
        await fc.assert(property, { numRuns, seed: SEED, endOnFailure: true });
      }

      expect(requestIds.size).toBe(sent);
      const entries = await allTransactions();
      const credits = await worker.call<{ balance: number }>('GET', '/account/credits');
      expect(entries.reduce((sum, { amount }) => sum + amount, 0)).toBe(credits.body.balance);
      expect(entries.filter(({ tx_type: type }) => type === 'acquire')).toHaveLength(leases.size);
      // Otherwise the sweep would only ever have knocked at closed doors.
      const never = operations.filter(({ name }) => ![...seen.keys()].some((group) => group.startsWith(`${name} 2`)));
      expect(never.map(({ name }) => name).filter((name) => !(name in NEVER_ACCEPTED))).toEqual([]);
      process.stdout.write(
        `${sent} generated requests, ${seen.size} operations and statuses, API_SWEEP_SEED=${SEED}\n`,
      );
    },
    60_000 + REQUESTS * MAX_MS_A_REQUEST,
  );
});

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1, with every reference leading somewhere', async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...structuredClone(document) })).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  it('says of every operation what it does, where it belongs, what it wants and how it fails', () => {
    for (const { name, summary, tags, isPublic, parameters, path, responses, bodySchema } of readOperations(document)) {
      expect([name, summary, tags]).toEqual([name, expect.stringMatching(/^[A-Z].{5,}/), [expect.any(String)]]);
      const inPath = parameters.filter(({ in: place }) => place === 'path').map((parameter) => `{${parameter.name}}`);
      expect([name, inPath]).toEqual([name, path.match(/\{[^}]+\}/g) ?? []]);
      const statuses = Object.keys(responses);
      const wanted = [
        '500',
        '503',
        ...(isPublic ? [] : ['401', '403']),
        ...(bodySchema ? ['400', '413', '415', String(statusOfCode('VALIDATION_ERROR', errorShapeOf(path)))] : []),
      ];
      expect([name, statuses]).toEqual([name, expect.arrayContaining(wanted)]);
      expect([name, statuses.filter((status) => status.startsWith('2'))]).toEqual([name, [expect.any(String)]]);
      const wordless = Object.entries(responses).filter(([, { description }]) => description.length < 5);
      expect([name, wordless]).toEqual([name, []]);
    }
  });
});

/** Sends a body in pieces of a MiB, as a client does that does not look up before it is done. */
function upload(
  url: string,
  key: string,
  mebibytes: number,
  announced: boolean,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const length = announced ? { 'content-length': String(mebibytes * 2 ** 20) } : {};
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...length };
    const outgoing = request(url, { method: 'POST', headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject);
    for (let sent = 0; sent < mebibytes; sent += 1) outgoing.write(' '.repeat(2 ** 20));
    outgoing.end();
  });
}

describe('a body that is too large', () => {
  it.each([
    ['/auth/keys', true, 413, 'PAYLOAD_TOO_LARGE'],
    ['/auth/keys', false, 413, 'PAYLOAD_TOO_LARGE'],
    ['/admin/invites', true, 413, 'PAYLOAD_TOO_LARGE'],
    ['/admin/invites', false, 413, 'PAYLOAD_TOO_LARGE'],
    ['/nothing', true, 404, 'NOT_FOUND'],
    ['/nothing', false, 404, 'NOT_FOUND'],
  ])('gets its answer from %s, announced %s, behind an edge too', async (path, announced, status, code) => {
    for (const origin of [worker.baseUrl, (await worker.miniflare.ready).origin]) {
      const reply = await upload(`${origin}${path}`, worker.adminKey, 3, announced);
      expect([reply.status, JSON.parse(reply.text)]).toMatchObject([status, { error: { code } }]);
      const refused = await upload(`${origin}/auth/keys`, 'nobody', 3, announced);
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([401, { error: { code: 'UNAUTHORIZED' } }]);
    }
  });
});
