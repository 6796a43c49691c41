import { env, exports } from 'cloudflare:workers';
import { configOf } from '../../../src/config.ts';
import { toBase64Url } from '../../../src/platform/bytes.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createSecretBox } from '../../../src/platform/secrets.ts';
import { createConfigurationStore } from '../../../src/routing/configuration/configuration.store.ts';
import type { RoutingTarget } from '../../../src/routing/configuration/configuration.types.ts';
import { providerPasswordContext } from '../../../src/routing/configuration/provider-endpoints.ts';
import { SNAPSHOT_FRESH_MS } from '../../../src/routing/configuration/routing-snapshots.ts';
import { createRotorClient, type RotorClient } from '../../../src/routing/rotation/rotor.client.ts';
import { adminKey } from '../../support/harness.ts';
import type { RawRequest } from '../../support/raw-proxy.ts';
import type { Arrival } from '../../support/routing-peers.ts';

export const { origin, good, locked, bad, raw } = env.TEST_PEERS.routing;

let targets = 0;

export interface FreshTarget {
  name: string;
  /** Of a path at the target's own origin: no other test's target matches it. */
  url(path: string): string;
  rotor: RotorClient;
}

/** A target of its own for a test, with these proxies. */
export async function freshTarget(
  ips: readonly string[],
  overrides: Partial<RoutingTarget> = {},
  login: { username: string; password: string } | null = null,
): Promise<FreshTarget> {
  targets += 1;
  const name = `forward-${targets}-${crypto.randomUUID()}`;
  const database = createDatabase(env.DB);
  const store = createConfigurationStore(database);
  const before = await store.read();
  const createdRevision = before.revision + 1;
  const common = { name, isMutable: true, createdRevision };
  const box = createSecretBox(configOf(env).ENCRYPTION_KEY);
  const passwordSealed = login && (await box.seal(login.password, providerPasswordContext(name)));
  const provider = {
    ...common,
    ipList: ips,
    inventory: null,
    members: [],
    regionTag: null,
    username: login?.username ?? null,
    passwordSealed,
  };
  // A port names the test: the origin answers on one only, and its name is looked for by the proxy alone.
  const target: RoutingTarget = {
    ...common,
    regex: `^http://127[.]0[.]0[.]1:[0-9]+/.*${name}`,
    poolName: name,
    minRequestIntervalMs: 0,
    maxQueueWaitMs: 5_000,
    numRetries: 3,
    ipFailuresUntilQuarantine: 5,
    quarantineTimeMs: 60_000,
    allowedRoles: null,
    revision: createdRevision,
    ...overrides,
  };
  const after = {
    ...before,
    providers: new Map(before.providers).set(name, provider),
    pools: new Map(before.pools).set(name, { ...common, ipRequests: [{ provider: name, count: ips.length }] }),
    targets: new Map(before.targets).set(name, target),
  };
  await database.batch(store.writes(before, after));
  await scheduler.wait(SNAPSHOT_FRESH_MS + 50);
  return {
    name,
    url: (path) => `${origin}${path}${path.includes('?') ? '&' : '?'}for=${name}`,
    rotor: createRotorClient(env.ROTOR, name),
  };
}

/** Forwards a request as a client would; `init.key` is the admin's unless said. */
export function forward(url: string, init: RequestInit & { key?: string | null } = {}): Promise<Response> {
  const { key = adminKey, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (key !== null) headers.set('x-proxy-hopper-auth', `Bearer ${key}`);
  return exports.default.fetch(
    new Request(`http://switchyard.test/forward/${url}`, { redirect: 'manual', ...rest, headers }),
  );
}

/** The bytes of a text in UTF-8; what is half of a pair by itself is written in its way, as bad callers do. */
function bytesOf(text: string): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = Array.from(text).flatMap((character) => {
    const code = character.charCodeAt(0);
    if (character.isWellFormed()) return [...encoder.encode(character)];
    return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
  });
  return Uint8Array.from(bytes);
}

/** A header whose value came as bytes, as a caller's does: of one that a script sets above ASCII the runtime warns. */
export async function headerOffTheWire(name: string, text: string): Promise<Headers> {
  const response = await fetch(`${origin}/header/${name}/${toBase64Url(bytesOf(text))}`);
  await response.body?.cancel();
  const headers = new Headers(response.headers);
  for (const other of Array.from(headers.keys())) if (other !== name) headers.delete(other);
  if (!headers.has(name)) throw new TypeError(`${name} was refused: ${response.status}`);
  return headers;
}

/** What the target has seen of a test, in order. */
export async function arrivalsOf({ name }: FreshTarget): Promise<Arrival[]> {
  const { arrivals } = await (await fetch(`${origin}/arrivals`)).json<{ arrivals: Arrival[] }>();
  return arrivals.filter(({ url }) => url.includes(name));
}

/** All that came on the connections that a test's requests came on: what else was on them, too. */
export async function rawRequestsOf({ name }: FreshTarget): Promise<RawRequest[]> {
  const { requests } = await (await fetch(`${origin}/raw`)).json<{ requests: RawRequest[] }>();
  const connections = new Set(requests.filter(({ text }) => text.includes(name)).map(({ connection }) => connection));
  return requests.filter(({ connection }) => connections.has(connection));
}

/** A path at which the raw proxy answers with these bytes (latin1). */
export function answering(text: string, options = ''): string {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return `/raw-answer?answer=${toBase64Url(bytes)}${options}`;
}

export function headersOf({ headers }: Arrival): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    pairs.push([(headers[index] ?? '').toLowerCase(), headers[index + 1] ?? '']);
  }
  return Object.fromEntries(pairs);
}

export async function errorOf(response: Response): Promise<{ status: number; code: string }> {
  const { error } = await response.json<{ error: { code: string } }>();
  return { status: response.status, code: error.code };
}
