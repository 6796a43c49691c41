import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../dev/project.ts';
import { type OpenApiDocument, readOperations, resolveSchema, type Schema } from '../api/document.ts';
import { SSRF_URLS } from '../support/ssrf-spellings.ts';
import { offeredSurfaces, type Surface, storedSurfaces } from './surfaces.ts';
import { type SsrfWorld, startSsrfWorld } from './world.ts';

let world: SsrfWorld;

beforeAll(async () => {
  world = await startSsrfWorld();
}, 120_000);

afterAll(() => world?.stop());

/** Each leads, or would lead, to the canary itself. */
function canaryUrls(port: number): string[] {
  const hosts = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'canary.localhost',
    'name.example.com',
    '127.1',
    '127.0.1',
    '0',
    '0.0.0.0',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.000.000.001',
    '１２７.０.０.１',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    'user@127.0.0.1',
    'user:password@127.0.0.1',
    '8.8.8.8@127.0.0.1',
  ];
  return hosts.map((host) => `http://${host}:${port}/`);
}

const allUrls = () => [...canaryUrls(world.canary.port), ...SSRF_URLS];

/** What each surface must have been tried with, those that can't be sent aside. */
const MIN_TRIED = 60;

const REFUSALS: readonly string[] = ['ADDRESS_NOT_ALLOWED', 'VALIDATION_ERROR'];
/** For what stands in a row a caller can't be told to write it otherwise: it was not reached. */
const FAILURES: readonly string[] = [...REFUSALS, 'SOURCE_FETCH_FAILED', 'TARGET_UNREACHABLE', 'TOKEN_UNAVAILABLE'];

async function attack({ prepare }: Surface, urls: readonly string[], accepted: readonly string[]) {
  const attempt = await prepare(world, urls);
  const visits = world.canary.visits();
  let tried = 0;
  for (const url of urls) {
    const answer = await attempt(url);
    if (answer === null) continue;
    tried += 1;
    expect([url, answer.status, accepted.includes(answer.code ?? ''), answer]).toEqual([
      url,
      expect.any(Number),
      true,
      answer,
    ]);
    expect([url, world.canary.visits()]).toEqual([url, visits]);
  }
  return tried;
}

it('somebody would be noticed who came', async () => {
  const visits = world.canary.visits();
  await new Promise<void>((resolve, reject) => {
    const socket = connect(world.canary.port, '127.0.0.1');
    socket.on('error', reject).on('close', () => resolve());
    socket.resume();
  });
  expect(world.canary.visits()).toBe(visits + 1);
});

describe('an address that is not public is refused, and connected to by nobody, as', () => {
  it.each(offeredSurfaces)('$name', { timeout: 300_000 }, async (surface) => {
    expect(await attack(surface, allUrls(), REFUSALS)).toBeGreaterThanOrEqual(MIN_TRIED);
  });
});

describe('an address that is not public is connected to by nobody, when it stands in a row as', () => {
  it.each(storedSurfaces)('$name', { timeout: 300_000 }, async (surface) => {
    expect(await attack(surface, allUrls(), FAILURES)).toBeGreaterThanOrEqual(MIN_TRIED);
  });
});

/** Fields whose names promise an address, but that are labels: they are kept, and shown, and nothing is connected to. */
const LABELS: readonly string[] = [
  'POST /proxies/acquire/{lease_id}/report: target',
  'POST /api/sessions/register: target_url',
  'POST /api/sessions/register: proxy',
  // The name of a target of routing, whose addresses have their own surfaces.
  'POST /api/clients/{clientId}/proxies: proxyEgressTarget',
  'PUT /api/clients/{clientId}/proxies/{proxyId}: proxyEgressTarget',
];
const ADDRESS_WORDS =
  /(^|[._])(url|uri|href|link|host|hostname|server|endpoint|origin|address|ip|ips|proxy|target|redirect|callback|webhook|settings)s?$/i;

/** Where the Worker connects to something, and the surfaces above that lead there; or whose word the address is. */
const OUTWARD: Readonly<Record<string, readonly string[] | string>> = {
  'src/address-policy.ts': 'the resolver that the operator names',
  'src/gateway/create-gateway.ts': ['a new target of the gateway', 'the target of a gateway proxy'],
  'src/gateway/forward/upstream.ts': ['the target of a gateway proxy'],
  'src/gateway/tokens/token-vault.do.ts': ['an authorization server', 'the authorization server of a gateway proxy'],
  'src/notifiers/create-notifiers.ts': ['a new webhook', 'the URL of a webhook'],
  'src/platform/net/dial.ts': 'what all sockets are opened by',
  'src/platform/net/service-socket.ts': ['the host of a mail server'],
  'src/plugins/checkers/ask-judge.ts': 'the judge that the operator names',
  'src/plugins/checkers/tcp-connect.checker.ts': ['the address of a proxy'],
  'src/plugins/notifiers/smtp.notifier.ts': ['a new mail server', 'the host of a mail server'],
  'src/proxy-pool/sources/create-sources.ts': ['a new source', 'the URL of a source'],
  'src/proxy-pool/target-tests/ask-target.ts': ['a test of proxies', 'the address of a proxy'],
  'src/routing/forward/through-target.ts': ['the URL of a forward', 'the header of a forward', 'a new provider'],
};
const CONNECTS = /=> fetch\(|'cloudflare:sockets'|dialer\.(request|stream|openTcp|openTunnel)\(|openServiceSocket\(/;

interface MutationField {
  name: string;
  args: { name: string; type: { ofType: { name: string | null } | null } }[];
}

/** Every text, and every bag of anything, in what an operation takes: `POST /notifiers: settings.url`. */
function fieldsOf(document: OpenApiDocument, schema: Schema, path: readonly string[] = []): string[] {
  const {
    anyOf = [],
    oneOf = [],
    allOf = [],
    properties = {},
    items,
    additionalProperties,
    type = [],
  } = resolveSchema(document, schema);
  const isText = [type].flat().includes('string') || typeof additionalProperties === 'object';
  return [
    ...(isText ? [path.join('.')] : []),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((one) => fieldsOf(document, one, path)),
    ...Object.entries(properties).flatMap(([name, one]) => fieldsOf(document, one, [...path, name])),
    ...(items ? fieldsOf(document, items, path) : []),
  ];
}

/** `targetBaseURL` is an address as `base_url` is: words end where the case changes. */
const inWords = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1_$2');

describe('no address is forgotten here:', () => {
  const covered = offeredSurfaces.flatMap(({ fields }) => fields);

  it('every field of the API that names one has its surface, or is a label', async () => {
    const document: OpenApiDocument = await (await fetch(`${world.worker.baseUrl}/openapi.json`)).json();
    const found = readOperations(document).flatMap((operation) => {
      const fields = operation.bodySchema ? fieldsOf(document, operation.bodySchema) : [];
      const parameters = operation.parameters
        .filter(({ in: place }) => place === 'query')
        .map(({ name }) => `?${name}`);
      return [...fields, ...parameters]
        .filter((field) => ADDRESS_WORDS.test(inWords(field)))
        .map((field) => `${operation.name}: ${field}`);
    });
    const known = [...covered, ...LABELS];
    expect([...new Set(found)].filter((field) => !known.includes(field))).toEqual([]);
    expect(LABELS.filter((field) => !found.includes(field))).toEqual([]);
  });

  it('every mutation that takes an address has its surface, or only takes one away', async () => {
    const query = '{ __schema { mutationType { fields { name args { name type { name ofType { name } } } } } } }';
    const { body } = await world.ask('POST', '/graphql', { query });
    const schema: { data: { __schema: { mutationType: { fields: MutationField[] } } } } = Object(body);
    const found = schema.data.__schema.mutationType.fields.flatMap(({ name, args }) =>
      args.flatMap((arg) => {
        if (arg.name === 'address') return [`${name}: address`];
        return arg.type.ofType?.name === 'ProviderInput' ? [`${name}: ipList`] : [];
      }),
    );
    expect(new Set(found)).toEqual(
      new Set([
        'addIpToProvider: address',
        'addProvider: ipList',
        'removeIpFromProvider: address',
        'updateProvider: ipList',
      ]),
    );
    expect(found.filter((field) => !covered.includes(field))).toEqual(['removeIpFromProvider: address']);
  });

  it('every place that connects to something has its surfaces, or an address of the operator’s', async () => {
    const names = await readdir(join(projectRoot, 'src'), { recursive: true });
    const sources = names.map((name) => join('src', name)).filter((name) => /\.tsx?$/.test(name));
    const texts = await Promise.all(sources.map((name) => readFile(join(projectRoot, name), 'utf8')));
    const connecting = sources.filter((_, index) => CONNECTS.test(texts[index] ?? ''));
    expect(new Set(connecting)).toEqual(new Set(Object.keys(OUTWARD)));
    const all = [...offeredSurfaces, ...storedSurfaces].map(({ name }) => name);
    const named = Object.values(OUTWARD).flatMap((surfaces) => (typeof surfaces === 'string' ? [] : surfaces));
    expect(named.filter((name) => !all.includes(name))).toEqual([]);
  });
});
