import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { commonRouteTests } from '../support/common-route-tests.ts';
import { call } from '../support/harness.ts';
import {
  callerKey,
  createClient,
  createPart,
  createProxy,
  proxyCredential,
  region,
  statusAndCode,
  target,
  targetCredential,
  targetSecret,
} from './support.ts';

const adminClient = '00000000-0000-7000-8000-000000000001';
const common = { scope: 'read', ignoresUnknownFields: true } as const;
commonRouteTests({ ...common, method: 'POST', path: '/api/clients', validBody: { clientName: 'x' } });
commonRouteTests({
  ...common,
  method: 'POST',
  path: `/api/clients/${adminClient}/credentials`,
  validBody: proxyCredential,
});
commonRouteTests({ ...common, method: 'POST', path: `/api/clients/${adminClient}/targets`, validBody: target });

describe('clients', () => {
  it('begin with a default one, which stays', async () => {
    const { key, clientId } = await createClient();
    const list = await call('GET', '/api/clients', { key });
    expect(list.body).toMatchObject({ clients: [{ clientId, pKey: clientId, sKey: clientId }], message: 'Success' });
    expect(statusAndCode(await call('DELETE', `/api/clients/${clientId}`, { key }))).toEqual([409, 'DEFAULT_CLIENT']);
  });

  it('are created, renamed and, when empty, deleted', async () => {
    const { key } = await createClient();
    const made = await call<{ clients: { clientId: string }[] }>('POST', '/api/clients', {
      key,
      json: { clientName: 'Staging' },
    });
    expect(made.status).toBe(201);
    const clientId = made.body.clients[0]?.clientId ?? '';
    const path = `/api/clients/${clientId}`;
    const renamed = await call('PUT', path, { key, json: { clientName: 'Production' } });
    expect(renamed.body).toMatchObject({ clients: [{ clientName: 'Production' }] });
    const { sKey } = await createPart({ key, clientId }, 'targets', target);
    expect(statusAndCode(await call('DELETE', path, { key }))).toEqual([409, 'IN_USE']);
    await call('DELETE', `${path}/targets/${sKey}`, { key });
    const gone = await call('DELETE', path, { key });
    expect([gone.status, gone.body]).toEqual([200, { message: 'Client deleted successfully' }]);
    expect((await call('GET', path, { key })).status).toBe(404);
  });

  it('go with their account, and everything in them', async () => {
    const { client, proxyId } = await createProxy();
    await createPart(client, `proxies/${proxyId}/rules`, { effect: 'deny' });
    const removed = await call('DELETE', `/admin/accounts/${client.clientId}`, { key: env.ADMIN_API_KEY });
    expect(removed.status).toBe(204);
    for (const table of ['credentials', 'targets', 'proxies', 'rules']) {
      const row = await env.DB.prepare(`SELECT COUNT(*) AS rows FROM gateway_${table} WHERE client_id = ?`)
        .bind(client.clientId)
        .first<{ rows: number }>();
      expect([table, row?.rows]).toEqual([table, 0]);
    }
  });
});

describe('credentials', () => {
  it('never give their secret back, and store it encrypted and bound to their row', async () => {
    const client = await createClient();
    const first = await createPart(client, 'credentials', targetCredential);
    const second = await createPart(client, 'credentials', targetCredential);
    const path = `/api/clients/${client.clientId}/credentials`;
    for (const each of [path, `${path}/${first.sKey}`]) {
      const reply = await call('GET', each, { key: client.key });
      expect(reply.text).not.toContain(targetSecret);
      expect(reply.text).not.toMatch(/sealed|credentialSecret/i);
    }
    const { results } = await env.DB.prepare(
      'SELECT secret_sealed AS sealed FROM gateway_credentials WHERE id IN (?, ?)',
    )
      .bind(first.sKey, second.sKey)
      .all<{ sealed: string }>();
    expect(results.map(({ sealed }) => sealed)).toEqual([
      expect.stringMatching(/^k1\.[\w-]{16}\.[\w-]+$/),
      expect.stringMatching(/^k1\./),
    ]);
    expect(results[0]?.sealed).not.toBe(results[1]?.sealed);
  });

  it.each([
    ['a secret of another form', { credentialAuthType: 'bearer', credentialSecret: { value: 'x' } }],
    ['a header that is ours', { credentialSecret: { key: 'Host', value: 'x' } }],
    ['a line end in a value', { credentialSecret: { key: 'X-Key', value: 'a\r\nx-injected: 1' } }],
    ['code points that become line ends', { credentialSecret: { key: 'X-Key', value: 'a\u560d\u560ab' } }],
    ['a key shown nowhere', { credentialSecret: { key: 'X-Key', value: 'x', addToHeader: false } }],
    ['no authentication of callers', { credentialAuthType: 'none', credentialSecret: {} }],
    ['an unknown type', { credentialAuthType: 'digest' }],
    ['a user name with a colon', { credentialAuthType: 'basic', credentialSecret: { username: 'a:b', password: 'c' } }],
  ])('are refused with %s', async (_case, change) => {
    const { key, clientId } = await createClient();
    const reply = await call('POST', `/api/clients/${clientId}/credentials`, {
      key,
      json: { ...proxyCredential, ...change },
    });
    expect(statusAndCode(reply)).toEqual([422, 'VALIDATION_ERROR']);
    expect(reply.text).not.toContain(callerKey);
  });

  it.each([
    { credentialSecret: { key: 'X-API-Key', value: 'other' } },
    { credentialRegion: 'eu-west-1' },
    { credentialType: 'target' },
    { credentialAuthType: 'bearer' },
  ])('keep what cannot be changed: %o', async (change) => {
    const client = await createClient();
    const { sKey } = await createPart(client, 'credentials', proxyCredential);
    const path = `/api/clients/${client.clientId}/credentials/${sKey}`;
    expect(statusAndCode(await call('PUT', path, { key: client.key, json: change }))).toEqual([422, 'IMMUTABLE']);
    const renamed = await call('PUT', path, {
      key: client.key,
      json: { credentialName: 'New', credentialRegion: region },
    });
    expect([renamed.status, renamed.body]).toMatchObject([200, { credentials: [{ credentialName: 'New' }] }]);
  });
});

describe('targets', () => {
  it.each(['ftp://example.com', 'http://user:pass@example.com', 'http://example.com/?a=1', 'not a url'])(
    'refuse %s',
    async (targetBaseURL) => {
      const { key, clientId } = await createClient();
      const json = { ...target, targetBaseURL };
      expect((await call('POST', `/api/clients/${clientId}/targets`, { key, json })).status).toBe(422);
    },
  );
});

describe('proxies', () => {
  it('are made of parts that are there, of the right type and in one region', async () => {
    const made = await createProxy();
    const { client } = made;
    const elsewhere = await createPart(client, 'targets', { ...target, targetRegion: 'eu-west-1' });
    const stranger = await createProxy();
    const valid = {
      proxyName: 'Another',
      proxyRegion: region,
      proxyProxyCredentialId: made.proxyCredentialId,
      proxyTargetId: made.targetId,
      proxyTargetCredentialId: made.targetCredentialId,
    };
    const post = (change: object) =>
      call('POST', `/api/clients/${client.clientId}/proxies`, { key: client.key, json: { ...valid, ...change } });
    expect(statusAndCode(await post({ proxyTargetId: elsewhere.sKey }))).toEqual([422, 'REGION_MISMATCH']);
    expect(statusAndCode(await post({ proxyTargetId: stranger.targetId }))).toEqual([422, 'UNKNOWN_PART']);
    expect(statusAndCode(await post({ proxyTargetId: 'tgt_nothing' }))).toEqual([422, 'UNKNOWN_PART']);
    const swapped = await post({ proxyProxyCredentialId: made.targetCredentialId });
    expect(statusAndCode(swapped)).toEqual([422, 'UNKNOWN_PART']);
    expect(statusAndCode(await post({ proxyAlias: 'telemetry' }))).toEqual([422, 'VALIDATION_ERROR']);
    expect(statusAndCode(await post({ proxyAlias: 'Upper' }))).toEqual([422, 'VALIDATION_ERROR']);
    expect((await post({ proxyAlias: 'mine' })).status).toBe(201);
    expect(statusAndCode(await post({ proxyAlias: 'mine' }))).toEqual([409, 'ALIAS_TAKEN']);
    const path = `/api/clients/${client.clientId}/proxies/${made.proxyId}`;
    const moved = await call('PUT', path, { key: client.key, json: { proxyRegion: 'eu-west-1' } });
    expect(statusAndCode(moved)).toEqual([422, 'IMMUTABLE']);
    const renamed = await call('PUT', path, { key: client.key, json: { proxyName: 'New', proxyActive: false } });
    expect(renamed.body).toMatchObject({ proxies: [{ proxyName: 'New', proxyActive: false, proxyAlias: null }] });
  });

  it('hold their parts, until they are deleted', async () => {
    const made = await createProxy();
    const { key, clientId } = made.client;
    const parts = [
      `credentials/${made.proxyCredentialId}`,
      `credentials/${made.targetCredentialId}`,
      `targets/${made.targetId}`,
    ];
    for (const part of parts) {
      expect(statusAndCode(await call('DELETE', `/api/clients/${clientId}/${part}`, { key }))).toEqual([409, 'IN_USE']);
    }
    const removed = await call('DELETE', `/api/clients/${clientId}/proxies/${made.proxyId}`, { key });
    expect(removed.body).toEqual({ message: 'Proxy deleted successfully' });
    for (const part of parts)
      expect((await call('DELETE', `/api/clients/${clientId}/${part}`, { key })).status).toBe(200);
  });

  it('are made once for an Idempotency-Key', async () => {
    const { key, clientId } = await createClient();
    const headers = { 'idempotency-key': 'once' };
    const post = () => call('POST', `/api/clients/${clientId}/targets`, { key, json: target, headers });
    const [first, second] = [await post(), await post()];
    expect([second.text, second.headers.get('idempotent-replayed')]).toEqual([first.text, 'true']);
    const list = await call<{ targets: unknown[] }>('GET', `/api/clients/${clientId}/targets`, { key });
    expect(list.body.targets).toHaveLength(1);
  });
});

describe('rules', () => {
  it('are created, changed in part, listed and deleted on each kind of part, and go with it', async () => {
    const made = await createProxy();
    const { key, clientId } = made.client;
    for (const parent of [
      `proxies/${made.proxyId}`,
      `targets/${made.targetId}`,
      `credentials/${made.proxyCredentialId}`,
    ]) {
      const path = `/api/clients/${clientId}/${parent}/rules`;
      const { sKey } = await createPart(made.client, `${parent}/rules`, {
        effect: 'deny',
        methods: ['DELETE'],
        path: { pattern: '^/admin' },
      });
      const changed = await call('PUT', `${path}/${sKey}`, { key, json: { notes: 'why' } });
      expect(changed.body).toMatchObject({
        rules: [
          { effect: 'deny', methods: ['DELETE'], path: { pattern: '^/admin', presence: 'present' }, notes: 'why' },
        ],
      });
      expect((await call<{ rules: unknown[] }>('GET', path, { key })).body.rules).toHaveLength(1);
      expect((await call('DELETE', `${path}/${sKey}`, { key })).status).toBe(200);
      expect((await call('GET', `${path}/${sKey}`, { key })).status).toBe(404);
    }
    expect((await call('GET', `/api/clients/${clientId}/targets/${made.proxyId}/rules`, { key })).status).toBe(404);
  });

  it.each(['(', 'x'.repeat(257), '(?:(?:a?){60}){60}', '(?=a)'])('refuse the pattern %s', async (pattern) => {
    const { client, proxyId } = await createProxy();
    const reply = await call('POST', `/api/clients/${client.clientId}/proxies/${proxyId}/rules`, {
      key: client.key,
      json: { effect: 'allow', path: { pattern } },
    });
    expect(statusAndCode(reply)).toEqual([422, 'VALIDATION_ERROR']);
  });

  it('can be tried on a request that is not sent', async () => {
    const made = await createProxy();
    const { sKey: ruleId } = await createPart(made.client, `targets/${made.targetId}/rules`, {
      effect: 'deny',
      path: { pattern: '^/admin' },
    });
    const simulate = (json: object) =>
      call('POST', `/api/clients/${made.client.clientId}/proxies/${made.proxyId}/simulate`, {
        key: made.client.key,
        json,
      });
    const refused = await simulate({ path: '/public/%2e%2e/admin' });
    expect(refused.body).toMatchObject({
      simulation: {
        allowed: false,
        path: '/admin',
        gates: [
          { gate: 'proxyCredential', effect: 'allow', decidedBy: 'default' },
          { gate: 'targetCredential', effect: 'allow' },
          { gate: 'proxy', effect: 'allow' },
          {
            gate: 'target',
            effect: 'deny',
            decidedBy: 'rule',
            ruleId,
            reason: `The rule ${ruleId} matches and denies.`,
          },
        ],
      },
    });
    expect((await simulate({ path: '/v1' })).body).toMatchObject({ simulation: { allowed: true } });
  });
});
