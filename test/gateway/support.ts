import { env, exports } from 'cloudflare:workers';
import { expect } from 'vitest';
import { createAccount } from '../support/factories.ts';
import { call, type Reply } from '../support/harness.ts';

export const region = 'us-east-1';
/** What the target wants to see; no caller may ever see it. */
export const targetSecret = 'target-secret-0123456789';
export const callerKey = 'app-key';

const { host, port } = env.TEST_PEERS.net.closingOrigin ?? { host: '', port: 0 };
/** A real origin on loopback that answers with the request as it came over the wire. */
export const echoUrl = `http://${host}:${port}`;

export interface Client {
  key: string;
  clientId: string;
}

export async function createClient(): Promise<Client> {
  const { key } = await createAccount('viewer');
  const account = await call<{ client_id: string }>('GET', '/account', { key });
  return { key, clientId: account.body.client_id };
}

export type Part = Record<string, unknown> & { sKey: string };

/** Creates a part of a client; its id and all that the answer says of it. */
export async function createPart({ key, clientId }: Client, plural: string, json: object): Promise<Part> {
  const reply = await call<Record<string, Part[]>>('POST', `/api/clients/${clientId}/${plural}`, { key, json });
  expect([plural, reply.status, reply.body]).toMatchObject([plural, 201, { message: 'Success' }]);
  const part = reply.body[plural.split('/').at(-1) ?? '']?.[0];
  if (!part) throw new Error('no part in the envelope');
  return part;
}

export const proxyCredential = {
  credentialName: 'App API Key',
  credentialType: 'proxy',
  credentialAuthType: 'key',
  credentialRegion: region,
  credentialSecret: { key: 'X-API-Key', value: callerKey, addToHeader: true },
};
export const targetCredential = {
  credentialName: 'Target token',
  credentialType: 'target',
  credentialAuthType: 'bearer',
  credentialRegion: region,
  credentialSecret: { token: targetSecret },
};
export const target = { targetName: 'Echo', targetRegion: region, targetBaseURL: echoUrl };

interface ProxyOptions {
  client?: Client;
  proxyCredential?: object;
  targetCredential?: object;
  target?: object;
  proxy?: object;
}

export interface TestProxy {
  client: Client;
  proxyId: string;
  proxyCredentialId: string;
  targetCredentialId: string;
  targetId: string;
}

/** A gateway proxy to the echo, unless the options say otherwise; a client of its own. */
export async function createProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const client = options.client ?? (await createClient());
  const caller = await createPart(client, 'credentials', { ...proxyCredential, ...options.proxyCredential });
  const upstream = await createPart(client, 'credentials', { ...targetCredential, ...options.targetCredential });
  const { sKey: targetId } = await createPart(client, 'targets', { ...target, ...options.target });
  const { sKey: proxyId } = await createPart(client, 'proxies', {
    proxyName: 'Echo',
    proxyRegion: region,
    proxyProxyCredentialId: caller.sKey,
    proxyTargetId: targetId,
    proxyTargetCredentialId: upstream.sKey,
    ...options.proxy,
  });
  return { client, proxyId, proxyCredentialId: caller.sKey, targetCredentialId: upstream.sKey, targetId };
}

/** Calls through the gateway, with the caller's credential unless headers say otherwise. */
export function callThrough(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has('x-api-key')) headers.set('x-api-key', callerKey);
  return exports.default.fetch(new Request(`http://switchyard.test${path}`, { redirect: 'manual', ...init, headers }));
}

/** What the echo saw: its request line, its headers by lower-case name, its body. */
export async function seenBy(response: Response) {
  expect(response.status).toBe(200);
  const { lines, body } = await response.json<{ lines: string[]; body: string }>();
  const [requestLine = '', ...rest] = lines;
  const headers: Record<string, string> = {};
  for (const line of rest) headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 2);
  return { requestLine, headers, body };
}

export function statusAndCode(reply: Reply): [number, string | undefined] {
  const { error } = reply.body as { error?: { code?: string } };
  return [reply.status, error?.code];
}
