import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { commonRouteTests } from '../support/common-route-tests.ts';
import { createAccount, uniqueEmail } from '../support/factories.ts';
import { adminKey, call, errorCode } from '../support/harness.ts';

const missingId = '01890000-0000-7000-8000-000000000000';

commonRouteTests({ method: 'POST', path: '/auth/keys', scope: 'read', validBody: { label: 'x' } });
commonRouteTests({ method: 'GET', path: '/auth/keys', scope: 'read' });
commonRouteTests({ method: 'DELETE', path: `/auth/keys/${missingId}`, scope: 'read' });
commonRouteTests({ method: 'GET', path: '/account', scope: 'read' });
commonRouteTests({ method: 'GET', path: '/admin/accounts', scope: 'admin' });
commonRouteTests({ method: 'POST', path: '/admin/invites', scope: 'admin' });
commonRouteTests({
  method: 'PATCH',
  path: `/admin/accounts/${missingId}`,
  scope: 'admin',
  validBody: { role: 'viewer' },
});
commonRouteTests({ method: 'DELETE', path: `/admin/accounts/${missingId}`, scope: 'admin' });

describe('registration', () => {
  it('gives an account, one key in the documented form, and the sign-up credits', async () => {
    const email = uniqueEmail();
    const reply = await call<{ user: object; api_key: { key: string; prefix: string; label: string } }>(
      'POST',
      '/auth/register',
      {
        json: { email, display_name: 'Alice' },
      },
    );
    expect(reply.status).toBe(201);
    expect(reply.body.user).toMatchObject({ email, display_name: 'Alice' });
    expect(reply.body.api_key.key).toMatch(/^pp_[0-9A-Za-z]{48}$/);
    expect(reply.body.api_key).toMatchObject({ prefix: reply.body.api_key.key.slice(0, 8), label: 'default' });
    const credits = await call('GET', '/account/credits', { key: reply.body.api_key.key });
    expect(credits.body).toMatchObject({ balance: 100, recent_transactions: [{ amount: 100, tx_type: 'signup' }] });
  });

  it('refuses an e-mail address that is taken, in whatever case', async () => {
    const email = uniqueEmail();
    await call('POST', '/auth/register', { json: { email, display_name: 'First' } });
    const reply = await call('POST', '/auth/register', {
      json: { email: email.toUpperCase(), display_name: 'Second' },
    });
    expect([reply.status, errorCode(reply)]).toEqual([409, 'EMAIL_TAKEN']);
  });

  it('gives one account to one of two that register the same address at once', async () => {
    const email = uniqueEmail();
    const json = { email, display_name: 'Racer' };
    const replies = await Promise.all([1, 2, 3, 4].map(() => call('POST', '/auth/register', { json })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it.each([
    ['a missing e-mail address', { display_name: 'A' }],
    ['a missing name', { email: 'a@example.com' }],
    ['no e-mail address', { email: 'nobody', display_name: 'A' }],
    ['a number for a name', { email: 'a@example.com', display_name: 7 }],
    ['an empty name', { email: 'a@example.com', display_name: '  ' }],
    ['a name of 101 characters', { email: 'a@example.com', display_name: 'x'.repeat(101) }],
    ['a name that reorders text', { email: 'a@example.com', display_name: 'abc\u202Edef' }],
    ['a name with a null character', { email: 'a@example.com', display_name: 'a\u0000b' }],
    ['an unknown field', { email: 'a@example.com', display_name: 'A', role: 'admin' }],
    ['an address that is too long', { email: `${'a'.repeat(250)}@example.com`, display_name: 'A' }],
  ])('refuses %s and names the field', async (_case, json) => {
    const reply = await call<{ error: { details: { issues: unknown[] } } }>('POST', '/auth/register', { json });
    expect(reply.status).toBe(422);
    expect(reply.body.error.details.issues.length).toBeGreaterThan(0);
  });
});

describe('a refusal of fields', () => {
  it('names fifty of them at most, in words that stay short, so that it is no echo of what was sent', async () => {
    const { key } = await createAccount('operator');
    const headers = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 1]));
    const many = await call<{ error: { details: { issues: unknown[] } } }>('POST', '/sources', {
      key,
      json: { url: 'http://lists.example/x.txt', headers },
    });
    expect([many.status, many.body.error.details.issues.length]).toEqual([422, 50]);
    const unknown = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field-${index}`, 1]));
    const long = await call('POST', '/auth/keys', { key, json: { label: 'x', ...unknown, ['y'.repeat(10_000)]: 1 } });
    expect(long.status).toBe(422);
    expect(JSON.stringify(long.body).length).toBeLessThan(1_000);
  });

  it('counts __proto__ as the unknown field that it is', async () => {
    const { key } = await createAccount();
    const reply = await call('POST', '/auth/keys', { key, text: '{"label":"x","__proto__":{"admin":true}}' });
    expect([reply.status, errorCode(reply)]).toEqual([422, 'VALIDATION_ERROR']);
  });
});

describe('an account that was deleted by another isolate', () => {
  it('is a caller no more, whatever is still remembered of its key', async () => {
    const { id, key } = await createAccount();
    expect((await call('GET', '/account', { key })).status).toBe(200);
    await env.DB.batch([
      env.DB.prepare('DELETE FROM api_keys WHERE account_id = ?').bind(id),
      env.DB.prepare('DELETE FROM accounts WHERE id = ?').bind(id),
    ]);
    for (const [method, path] of [
      ['GET', '/account'],
      ['POST', '/auth/keys'],
    ] as const) {
      const reply = await call(method, path, { key, ...(method === 'POST' && { json: { label: 'x' } }) });
      expect([path, reply.status, errorCode(reply)]).toEqual([path, 401, 'UNAUTHORIZED']);
    }
    const { results } = await env.DB.prepare('SELECT id FROM api_keys WHERE account_id = ?').bind(id).all();
    expect(results).toEqual([]);
  });
});

describe('keys', () => {
  it('are taken as Bearer, bare, and in X-API-Key', async () => {
    const { key, id } = await createAccount();
    for (const headers of [{ authorization: `Bearer ${key}` }, { authorization: key }, { 'x-api-key': key }]) {
      const reply = await call('GET', '/account', { headers });
      expect(reply.body).toMatchObject({ id, role: 'viewer' });
    }
  });

  it('are listed without the key itself, newest first', async () => {
    const { key } = await createAccount();
    const created = await call<{ key: string; id: string }>('POST', '/auth/keys', { key, json: { label: 'laptop' } });
    expect(created.status).toBe(201);
    const list = await call<{ items: object[] }>('GET', '/auth/keys', { key });
    expect(list.body.items).toHaveLength(2);
    expect(list.body.items[0]).toMatchObject({ id: created.body.id, label: 'laptop', revoked_at: null });
    expect(JSON.stringify(list.body)).not.toContain(created.body.key);
  });

  it('stop working when revoked, and the last one cannot be revoked, not even in a race', async () => {
    const { key, keyId } = await createAccount();
    const second = await call<{ key: string; id: string }>('POST', '/auth/keys', { key, json: { label: 'second' } });
    const replies = await Promise.all(
      [keyId, second.body.id].map((id) =>
        call('DELETE', `/auth/keys/${id}`, { key: adminOr(key, id, keyId, second.body.key) }),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 409]);
    const left = await Promise.all([key, second.body.key].map((each) => call('GET', '/account', { key: each })));
    expect(left.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('of another account are not there', async () => {
    const [mine, theirs] = await Promise.all([createAccount(), createAccount()]);
    const reply = await call('DELETE', `/auth/keys/${theirs.keyId}`, { key: mine.key });
    expect([reply.status, errorCode(reply)]).toEqual([404, 'NOT_FOUND']);
    expect((await call('DELETE', '/auth/keys/not-a-uuid', { key: mine.key })).status).toBe(404);
  });
});

/** Each of two racing revocations is made with the other key. */
function adminOr(firstKey: string, id: string, firstId: string, secondKey: string): string {
  return id === firstId ? secondKey : firstKey;
}

describe('administration', () => {
  it('pages through accounts with a cursor that fits no other list', async () => {
    await Promise.all([createAccount(), createAccount(), createAccount()]);
    const first = await call<{ items: { id: string }[]; next_cursor: string; total_count: number }>(
      'GET',
      '/admin/accounts?limit=2',
      { key: adminKey },
    );
    expect(first.body.items).toHaveLength(2);
    const second = await call<{ items: { id: string }[] }>(
      'GET',
      `/admin/accounts?limit=2&cursor=${first.body.next_cursor}`,
      { key: adminKey },
    );
    const ids = [...first.body.items, ...second.body.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const wrong = await call('GET', `/account/transactions?cursor=${first.body.next_cursor}`, { key: adminKey });
    expect([wrong.status, errorCode(wrong)]).toEqual([400, 'INVALID_CURSOR']);
    for (const limit of ['0', '201', 'x', '1.5']) {
      expect((await call('GET', `/admin/accounts?limit=${limit}`, { key: adminKey })).status).toBe(422);
    }
  });

  it('disables an account at once, and lets it back', async () => {
    const { id, key } = await createAccount();
    await call('PATCH', `/admin/accounts/${id}`, { key: adminKey, json: { disabled: true } });
    expect((await call('GET', '/account', { key })).status).toBe(401);
    await call('PATCH', `/admin/accounts/${id}`, { key: adminKey, json: { disabled: false } });
    expect((await call('GET', '/account', { key })).status).toBe(200);
  });

  it('issues a key for someone who is locked out, and deletes accounts', async () => {
    const { id } = await createAccount();
    const issued = await call<{ key: string }>('POST', `/admin/accounts/${id}/keys`, {
      key: adminKey,
      json: { label: 'rescue' },
    });
    expect((await call('GET', '/account', { key: issued.body.key })).body).toMatchObject({ id });
    expect((await call('DELETE', `/admin/accounts/${id}`, { key: adminKey })).status).toBe(204);
    expect((await call('GET', '/account', { key: issued.body.key })).status).toBe(401);
    expect((await call('DELETE', `/admin/accounts/${id}`, { key: adminKey })).status).toBe(404);
  });

  it('never changes or deletes the built-in admin', async () => {
    const { body } = await call('GET', '/account', { key: adminKey });
    expect((await call('DELETE', `/admin/accounts/${body.id}`, { key: adminKey })).status).toBe(403);
    expect(
      (await call('PATCH', `/admin/accounts/${body.id}`, { key: adminKey, json: { disabled: true } })).status,
    ).toBe(403);
  });
});
