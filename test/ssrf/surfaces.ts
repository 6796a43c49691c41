import { randomUUID } from 'node:crypto';
import { credentialContext } from '../../src/gateway/credentials/credential.types.ts';
import { isPublicAddress } from '../../src/platform/net/public-address.ts';
import { bareHost, isPublicHostname } from '../../src/platform/net/public-url.ts';
import { createSecretBox, parseKeyRing } from '../../src/platform/secrets.ts';
import { testBindings } from '../support/bindings.ts';
import { type Answer, type SsrfWorld, textAt } from './world.ts';

/** A public address, which no test connects to. */
const PUBLIC_URL = 'http://8.8.8.8/';
const REGION = 'us-east-1';

export interface Surface {
  name: string;
  /** What it is in the API: `POST /sources: url`, or `addProvider: ipList` of GraphQL. Empty: a row that somebody wrote by hand. */
  fields: readonly string[];
  /** Puts in what it needs; returns how one of the URLs is tried, null when this spelling can't be. */
  prepare(world: SsrfWorld, urls: readonly string[]): Promise<(url: string) => Promise<Answer> | null>;
}

/** The host of a URL as it was written, brackets and all; the whole text when it has none. */
function hostOf(url: string): string {
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url;
  return authority.replace(/:\d+$/, '');
}

function portOf(url: string): number {
  return Number(/^[a-z]+:\/\/[^/?#]*:(\d{1,5})(?:[/?#]|$)/i.exec(url)?.[1] ?? 2525);
}

/** Inactive: other events of this test are no business of theirs. */
const webhook = (url: string) => ({
  kind: 'webhook',
  name: `N ${randomUUID()}`,
  is_active: false,
  settings: { url },
  secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
});
const mail = (url: string) => ({
  kind: 'smtp',
  name: `N ${randomUUID()}`,
  is_active: false,
  settings: { host: hostOf(url), port: portOf(url), security: 'tls', from: 'a@example.com', to: ['b@example.com'] },
});

async function clientOf({ ask }: SsrfWorld): Promise<string> {
  return `/api/clients/${textAt(await ask('GET', '/account'), 'client_id')}`;
}

const newTarget = (url: string) => ({ targetName: 'T', targetRegion: REGION, targetBaseURL: url });
const newCredential = (credentialType: string, tokenUrl?: string) => ({
  credentialName: 'C',
  credentialRegion: REGION,
  credentialType,
  ...(tokenUrl === undefined
    ? { credentialAuthType: 'bearer', credentialSecret: { token: 'shown-by-callers' } }
    : { credentialAuthType: 'oauth2', credentialSecret: { tokenUrl, clientId: 'a', clientSecret: 'b' } }),
});

function graphql({ ask }: SsrfWorld, mutation: string, variables: object): Promise<Answer> {
  const query = `mutation ($input: ProviderInput!) { ${mutation}(input: $input) { name } }`;
  return ask('POST', '/graphql', { query, variables });
}

const providerInput = (url: string, name = `p${randomUUID()}`) => ({ name, ipList: [`${hostOf(url)}:3128`] });

/** A change of a provider that exists. */
function providerChange(name: string, mutation: string, field: 'ipList' | 'address'): Surface {
  const query =
    field === 'ipList'
      ? `mutation ($input: ProviderInput!) { ${mutation}(input: $input) { name } }`
      : `mutation ($provider: String!, $address: String!) { ${mutation}(provider: $provider, address: $address) { name } }`;
  return {
    name,
    fields: [`${mutation}: ${field}`],
    async prepare(world) {
      const provider = `p${randomUUID()}`;
      const made = await graphql(world, 'addProvider', { input: providerInput(PUBLIC_URL, provider) });
      textAt(made, 'data', 'addProvider', 'name');
      return (url) => {
        const input = providerInput(url, provider);
        const variables = field === 'ipList' ? { input } : { provider, address: input.ipList[0] };
        return world.ask('POST', '/graphql', { query, variables });
      };
    },
  };
}

/** A target of routing that takes every URL, through a proxy that nobody reaches: what is refused never gets there. */
async function prepareForward(world: SsrfWorld): Promise<void> {
  const [provider, pool] = [`p${randomUUID()}`, `pool${randomUUID()}`];
  await graphql(world, 'addProvider', { input: providerInput(PUBLIC_URL, provider) });
  const ask = (query: string) => world.ask('POST', '/graphql', { query });
  await ask(
    `mutation { addPool(input: {name: "${pool}", ipRequests: [{provider: "${provider}", count: 1}]}) { name } }`,
  );
  const made = await ask(
    `mutation { addTarget(input: {name: "t${randomUUID()}", regex: "^http", poolName: "${pool}"}) { name } }`,
  );
  textAt(made, 'data', 'addTarget', 'name');
}

/** URLs that lead to a public place once they are read forgivingly are no attack on what reads them so. */
function isHarmless(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return false;
  return isPublicAddress(bareHost(hostname)) || isPublicHostname(hostname);
}

/** What callers say: each must be refused as it comes. */
export const offeredSurfaces: readonly Surface[] = [
  {
    name: 'a new source',
    fields: ['POST /sources: url'],
    prepare:
      async ({ ask }) =>
      (url) =>
        ask('POST', '/sources', { url, parser_name: 'plaintext' }),
  },
  {
    name: 'a source that moves',
    fields: ['PATCH /sources/{source_id}: url'],
    async prepare({ ask }) {
      const id = textAt(await ask('POST', '/sources', { url: `${PUBLIC_URL}${randomUUID()}.txt` }), 'id');
      return (url) => ask('PATCH', `/sources/${id}`, { url });
    },
  },
  {
    name: 'a preview',
    fields: ['POST /sources/preview: url'],
    prepare:
      async ({ ask }) =>
      (url) =>
        ask('POST', '/sources/preview', { url, parser_name: 'plaintext' }),
  },
  {
    name: 'a test of proxies',
    fields: ['POST /proxies/test: url'],
    prepare:
      async ({ ask }) =>
      (url) =>
        ask('POST', '/proxies/test', { url }),
  },
  {
    name: 'a new webhook',
    fields: ['POST /notifiers: settings.url'],
    prepare:
      async ({ ask }) =>
      (url) =>
        ask('POST', '/notifiers', webhook(url)),
  },
  {
    name: 'a webhook that moves',
    fields: ['PATCH /notifiers/{notifier_id}: settings'],
    async prepare({ ask }) {
      const id = textAt(await ask('POST', '/notifiers', webhook(PUBLIC_URL)), 'id');
      return (url) => ask('PATCH', `/notifiers/${id}`, { settings: { url } });
    },
  },
  {
    name: 'a new mail server',
    fields: ['POST /notifiers: settings.host'],
    prepare:
      async ({ ask }) =>
      (url) =>
        ask('POST', '/notifiers', mail(url)),
  },
  {
    name: 'another mail server',
    fields: ['PATCH /notifiers/{notifier_id}: settings'],
    async prepare({ ask }) {
      const id = textAt(await ask('POST', '/notifiers', mail(PUBLIC_URL)), 'id');
      return (url) => ask('PATCH', `/notifiers/${id}`, { settings: mail(url).settings });
    },
  },
  {
    name: 'a new target of the gateway',
    fields: ['POST /api/clients/{clientId}/targets: targetBaseURL'],
    async prepare(world) {
      const client = await clientOf(world);
      return (url) => world.ask('POST', `${client}/targets`, newTarget(url));
    },
  },
  {
    name: 'a target of the gateway that moves',
    fields: ['PUT /api/clients/{clientId}/targets/{targetId}: targetBaseURL'],
    async prepare(world) {
      const client = await clientOf(world);
      const id = textAt(await world.ask('POST', `${client}/targets`, newTarget(PUBLIC_URL)), 'targets', 0, 'sKey');
      return (url) => world.ask('PUT', `${client}/targets/${id}`, { targetBaseURL: url });
    },
  },
  {
    name: 'an authorization server',
    fields: ['POST /api/clients/{clientId}/credentials: credentialSecret.tokenUrl'],
    async prepare(world) {
      const client = await clientOf(world);
      return (url) => world.ask('POST', `${client}/credentials`, newCredential('target', url));
    },
  },
  {
    name: 'a new provider',
    fields: ['addProvider: ipList'],
    prepare: async (world) => (url) => graphql(world, 'addProvider', { input: providerInput(url) }),
  },
  providerChange('a provider with other addresses', 'updateProvider', 'ipList'),
  providerChange('one more address of a provider', 'addIpToProvider', 'address'),
  {
    name: 'the URL of a forward',
    fields: [],
    async prepare(world) {
      await prepareForward(world);
      return (url) => (isHarmless(url) || !isSendable(world, url) ? null : world.ask('GET', `/forward/${url}`));
    },
  },
  {
    name: 'the header of a forward',
    fields: [],
    async prepare(world) {
      await prepareForward(world);
      return (url) => {
        // What no header may hold, no client can send.
        if (isHarmless(url) || !/^[\x21-\x7e]+$/.test(url)) return null;
        return world.ask('GET', '/', undefined, { 'x-proxy-hopper-target': url });
      };
    },
  },
];

function isSendable({ worker }: SsrfWorld, url: string): boolean {
  if (!URL.canParse(`${worker.baseUrl}/forward/${url}`)) return false;
  // A client resolves dots and drops fragments by itself: what is left must still be for us.
  return new URL(`${worker.baseUrl}/forward/${url}`).pathname.startsWith('/forward/');
}

type Row = Record<string, unknown>;

function readRow({ worker }: SsrfWorld, table: string, id: string): Promise<Row | null> {
  return worker.database.prepare(`SELECT * FROM ${table} WHERE id = ?`).bind(id).first<Row>();
}

function insertion({ worker }: SsrfWorld, table: string, row: Row): D1PreparedStatement {
  const names = Object.keys(row);
  return worker.database
    .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
    .bind(...Object.values(row));
}

/** A gateway proxy, whose parts can be changed behind its back. */
async function gatewayProxy(world: SsrfWorld) {
  const client = await clientOf(world);
  const make = async (plural: string, fields: object) =>
    textAt(await world.ask('POST', `${client}/${plural}`, fields), plural, 0, 'sKey');
  const caller = await make('credentials', newCredential('proxy'));
  const credentialId = await make('credentials', newCredential('target', `${PUBLIC_URL}token`));
  const plainId = await make('credentials', newCredential('target'));
  const targetId = await make('targets', newTarget(PUBLIC_URL));
  const proxyId = await make('proxies', {
    proxyName: 'P',
    proxyRegion: REGION,
    proxyProxyCredentialId: caller,
    proxyTargetCredentialId: plainId,
    proxyTargetId: targetId,
  });
  const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll('-', '')}`;
  const call = (id: string) =>
    world.ask('GET', `/api/${id}/x`, undefined, { authorization: 'Bearer shown-by-callers' });
  const proxy = await readRow(world, 'gateway_proxies', proxyId);
  /** Calls it with another part in its place: nobody has a compiled snapshot of one that is new. */
  const callWith = async (table: string, part: Row, column: string) => {
    const id = newId('proxy');
    const { database } = world.worker;
    await database.batch([
      insertion(world, table, part),
      insertion(world, 'gateway_proxies', { ...proxy, id, [column]: part.id }),
    ]);
    const answer = await call(id);
    await database.batch([
      database.prepare('DELETE FROM gateway_proxies WHERE id = ?').bind(id),
      database.prepare(`DELETE FROM ${table} WHERE id = ?`).bind(part.id),
    ]);
    return answer;
  };
  const target = await readRow(world, 'gateway_targets', targetId);
  const credential = await readRow(world, 'gateway_credentials', credentialId);
  return { target, credential, newId, callWith };
}

async function storedNotifier(world: SsrfWorld, made: object, settings: (url: string) => object) {
  const id = textAt(await world.ask('POST', '/notifiers', made), 'id');
  return async (url: string): Promise<Answer> => {
    const change = world.worker.database.prepare('UPDATE notifiers SET settings = ? WHERE id = ?');
    await change.bind(JSON.stringify(settings(url)), id).run();
    const tested = await world.ask('POST', `/notifiers/${id}/test`);
    // A test that fails is an answer; one that arrives is the end of this one.
    const delivered = Object(tested.body).delivered !== false;
    return delivered ? tested : { ...tested, status: 422, code: 'ADDRESS_NOT_ALLOWED' };
  };
}

/** What stands in a row, however it came there: nothing may be connected to, and nobody may be told that it worked. */
export const storedSurfaces: readonly Surface[] = [
  {
    name: 'the URL of a source',
    fields: [],
    async prepare({ ask, worker }) {
      return async (url) => {
        const id = randomUUID();
        await worker.database
          .prepare(
            `INSERT INTO sources (id, url, parser_name, default_protocol, created_at, updated_at)
             VALUES (?, ?, 'plaintext', 'http', 0, 0)`,
          )
          .bind(id, url)
          .run();
        const answer = await ask('POST', `/sources/${id}/scrape`);
        await worker.database.prepare('DELETE FROM sources WHERE id = ?').bind(id).run();
        return answer;
      };
    },
  },
  {
    name: 'the URL of a webhook',
    fields: [],
    prepare: (world) => storedNotifier(world, webhook(PUBLIC_URL), (url) => ({ url })),
  },
  {
    name: 'the host of a mail server',
    fields: [],
    prepare: (world) => storedNotifier(world, mail(PUBLIC_URL), (url) => mail(url).settings),
  },
  {
    name: 'the target of a gateway proxy',
    fields: [],
    async prepare(world) {
      const { target, newId, callWith } = await gatewayProxy(world);
      return (url) => callWith('gateway_targets', { ...target, id: newId('tgt'), base_url: url }, 'target_id');
    },
  },
  {
    name: 'the authorization server of a gateway proxy',
    fields: [],
    async prepare(world) {
      const { credential, newId, callWith } = await gatewayProxy(world);
      const keyRing = parseKeyRing(testBindings.ENCRYPTION_KEY);
      if (!keyRing) throw new Error('no key');
      const box = createSecretBox(keyRing);
      return async (tokenUrl) => {
        const id = newId('cred');
        const secret = { kind: 'oauth2', tokenUrl, clientId: 'a', clientSecret: 'b', scope: null, audience: null };
        const sealed = await box.seal(JSON.stringify(secret), credentialContext(id));
        return callWith('gateway_credentials', { ...credential, id, secret_sealed: sealed }, 'target_credential_id');
      };
    },
  },
  {
    name: 'the address of a proxy',
    fields: [],
    async prepare({ ask, worker }, urls) {
      const insert = worker.database.prepare(
        `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, anonymity, country, score,
           avg_latency_ms, uptime, revision, first_seen_at, last_seen_at)
         VALUES (?, ?, ?, 'http', 0, 'active', 1, 'elite', ?, 0.9, 1, 1, ?, 0, 0)`,
      );
      // Each in a country of its own, by which it is asked for.
      const countryOf = (index: number) => String.fromCharCode(65 + Math.floor(index / 26), 65 + (index % 26));
      // One endpoint is one row, however its URL goes on.
      const ports = (url: string, index: number) =>
        urls.findIndex((one) => hostOf(one) === hostOf(url)) === index ? portOf(url) : 10_000 + index;
      await worker.database.batch([
        ...urls.map((url, index) =>
          insert.bind(randomUUID(), bareHost(hostOf(url)), ports(url, index), countryOf(index), index + 1),
        ),
        worker.database.prepare("UPDATE sequences SET value = ? WHERE name = 'proxy_revision'").bind(urls.length),
      ]);
      await worker.tick();
      return async (url) => {
        const country = countryOf(urls.indexOf(url));
        const tested = await ask('POST', '/proxies/test', { url: PUBLIC_URL, country });
        const results: unknown = Object(tested.body).results;
        const wasTried = Array.isArray(results) && results.length === 1 && Object(results[0]).reachable === false;
        return wasTried ? { ...tested, status: 422, code: 'ADDRESS_NOT_ALLOWED' } : tested;
      };
    },
  },
];
