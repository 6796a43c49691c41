import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { call } from '../../support/harness.ts';
import { callThrough, createClient, createProxy, proxyCredential, statusAndCode, type TestProxy } from '../support.ts';

const { targetUrl } = env.TEST_PEERS.gateway;

interface RealmState {
  asked: { authorization?: string; form: Record<string, string> }[];
  issued: number;
}

/** A gateway proxy whose target wants a token of an authorization server of its own. */
async function createGuarded(state: object = {}, secret: object = {}) {
  const name = `r${crypto.randomUUID().replaceAll('-', '')}`;
  const realm = async (change?: object): Promise<RealmState> => {
    const init = change ? { method: 'POST', body: JSON.stringify(change) } : {};
    return (await fetch(`${targetUrl}/realm/${name}/state`, init)).json();
  };
  await realm(state);
  const tokenUrl = `${targetUrl}/realm/${name}/token`;
  const proxy = await createProxy({
    target: { targetBaseURL: `${targetUrl}/realm/${name}` },
    targetCredential: {
      credentialAuthType: 'oauth2',
      credentialSecret: { tokenUrl, clientId: 'client', clientSecret: 'client-secret', ...secret },
    },
  });
  return { name, proxy, realm };
}

const ask = ({ proxyId }: TestProxy, init?: RequestInit) => callThrough(`/api/${proxyId}/guarded`, init);

describe('an oauth2 credential', () => {
  it('brings a token that is asked for once, however many call at a time', async () => {
    const { name, proxy, realm } = await createGuarded({}, { scope: 'read', audience: 'https://api.example.com' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(proxy)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ token: `Bearer ${name}-1` });
    }
    const { asked } = await realm();
    expect(asked).toEqual([
      {
        authorization: `Basic ${btoa('client:client-secret')}`,
        form: { grant_type: 'client_credentials', scope: 'read', audience: 'https://api.example.com' },
      },
    ]);
  });

  it('is renewed once when the target refuses the token, and the call is made again with its body', async () => {
    const { name, proxy, realm } = await createGuarded();
    expect((await ask(proxy)).status).toBe(200);
    await realm({ validFrom: 2 });
    const again = await ask(proxy, { method: 'POST', body: 'the body' });
    expect([again.status, await again.json()]).toEqual([200, { token: `Bearer ${name}-2`, body: 'the body' }]);
    // A target that takes no token at all is not a reason to ask for one with each call.
    await realm({ validFrom: 99 });
    for (let sent = 0; sent < 4; sent += 1) expect((await ask(proxy)).status).toBe(401);
    expect((await realm()).issued).toBe(2);
  });

  it('is renewed for the next call where this one was streamed', async () => {
    const { proxy, realm } = await createGuarded();
    await (await ask(proxy)).text();
    await realm({ validFrom: 2 });
    const body = new Blob(['x'.repeat(2_000_000)]).stream();
    expect((await ask(proxy, { method: 'POST', body })).status).toBe(401);
    expect((await ask(proxy)).status).toBe(200);
  });

  it('remembers that no token was to be had, and does not ask again and again', async () => {
    const { proxy, realm } = await createGuarded({ failsWith: 500 });
    for (let sent = 0; sent < 5; sent += 1) {
      const answer = await ask(proxy);
      expect(answer.status).toBe(502);
      expect(answer.headers.get('requestrocket-proxy-code')).toBe('proxy-access-denied');
      const { error } = await answer.json<{ error: { code: string; message: string } }>();
      expect([error.code, error.message]).toEqual([
        'TOKEN_UNAVAILABLE',
        'The authorization server gave no token: it answered with status 500.',
      ]);
    }
    expect((await realm()).asked).toHaveLength(1);
  });

  it('shows its secret in the form to a server that insists on it', async () => {
    const { proxy, realm } = await createGuarded({ isFormOnly: true });
    expect((await ask(proxy)).status).toBe(200);
    expect((await realm()).asked.at(-1)).toEqual({
      form: { grant_type: 'client_credentials', client_id: 'client', client_secret: 'client-secret' },
    });
  });

  it('keeps its token over an eviction, encrypted', async () => {
    const { name, proxy, realm } = await createGuarded();
    expect((await ask(proxy)).status).toBe(200);
    const vault = env.TOKEN_VAULT.getByName(proxy.targetCredentialId);
    await evictDurableObject(vault);
    const grant = { tokenUrl: 'http://127.0.0.1:1/', clientId: '', clientSecret: '', scope: null, audience: null };
    expect(await vault.token(grant, null)).toMatchObject({ token: { text: `${name}-1` } });
    expect((await realm()).asked).toHaveLength(1);
    await runInDurableObject(vault, (_instance, { storage }) => {
      const rows = storage.sql.exec('SELECT * FROM token').toArray();
      expect(JSON.stringify(rows)).not.toContain(name);
    });
  });

  it('is for targets only, and its token URL is an address like any other', async () => {
    const { key, clientId } = await createClient();
    const create = (json: object) => call('POST', `/api/clients/${clientId}/credentials`, { key, json });
    const secret = { tokenUrl: `${targetUrl}/token`, clientId: 'a', clientSecret: 'b' };
    const asCaller = { ...proxyCredential, credentialAuthType: 'oauth2', credentialSecret: secret };
    expect(statusAndCode(await create(asCaller))).toEqual([422, 'VALIDATION_ERROR']);
    for (const tokenUrl of ['ftp://example.com/', 'http://user:pw@example.com/', 'nothing']) {
      const bad = { ...asCaller, credentialType: 'target', credentialSecret: { ...secret, tokenUrl } };
      expect((await create(bad)).status).toBe(422);
    }
    const made = await create({ ...asCaller, credentialType: 'target' });
    expect([made.status, made.text.includes('"b"')]).toEqual([201, false]);
  });
});
