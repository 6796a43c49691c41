import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { uniqueEmail } from '../support/factories.ts';
import { adminKey, call } from '../support/harness.ts';
import { away, envWith, fetchWith } from '../support/worker-doors.ts';

interface Registered {
  user: { id: string };
  api_key: { key: string };
}

/** Registers with a Worker of these settings, from an address. */
async function register(settings: Record<string, unknown>, body: object = {}, address = '203.0.113.50') {
  const response = await fetchWith(envWith(settings), '/auth/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cf-connecting-ip': address },
    body: JSON.stringify({ email: uniqueEmail(), display_name: 'Guest', ...body }),
  });
  const reply = await response.json<Registered & { error?: { code: string; details: Record<string, number> } }>();
  return { status: response.status, headers: response.headers, body: reply, code: reply.error?.code };
}

async function newInvite(): Promise<string> {
  const { status, body } = await call<{ invite: string }>('POST', '/admin/invites', { key: adminKey });
  expect(status).toBe(201);
  expect(body.invite).toMatch(/^[0-9A-Za-z]{32}$/);
  return body.invite;
}

describe('registration by invite', () => {
  const settings = { REGISTRATION: 'invite' };

  it('takes an invite once', async () => {
    const invite = await newInvite();
    const first = await register(settings, { invite });
    expect(first.status).toBe(201);
    expect((await call('GET', '/account', { key: first.body.api_key.key })).body).toMatchObject({ role: 'viewer' });
    const second = await register(settings, { invite });
    expect([second.status, second.code]).toEqual([403, 'REGISTRATION_CLOSED']);
  });

  it('takes no other code, and says the same without one', async () => {
    for (const body of [{}, { invite: 'x' }, { invite: 'A'.repeat(32) }, { invite: '\u0000\ud800' }]) {
      const reply = await register(settings, body);
      expect([body, reply.status, reply.code]).toEqual([body, 403, 'REGISTRATION_CLOSED']);
    }
  });

  it('gives one invite to one of many who come with it at once', async () => {
    const invite = await newInvite();
    const replies = await Promise.all(Array.from({ length: 6 }, () => register(settings, { invite })));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ code }) => code === 'REGISTRATION_CLOSED')).toHaveLength(5);
  });

  it('keeps the invite of whoever could not register with it', async () => {
    const [invite, email] = [await newInvite(), uniqueEmail()];
    await register({ REGISTRATION: 'open' }, { email });
    expect(await register(settings, { invite, email })).toMatchObject({ status: 409, code: 'EMAIL_TAKEN' });
    expect((await register(settings, { invite })).status).toBe(201);
  });

  it('stores an invite only as its hash', async () => {
    const invite = await newInvite();
    const { results } = await env.DB.prepare('SELECT * FROM invites').all();
    expect(JSON.stringify(results)).not.toContain(invite);
  });
});

describe('closed registration', () => {
  it('takes nobody, with an invite or without', async () => {
    const invite = await newInvite();
    for (const body of [{}, { invite }]) {
      expect(await register({ REGISTRATION: 'closed' }, body)).toMatchObject({
        status: 403,
        code: 'REGISTRATION_CLOSED',
      });
    }
  });
});

describe('sign-up credits', () => {
  it('are as many as the deployment gives, none among them', async () => {
    for (const [setting, balance, entries] of [
      ['0', 0, []],
      ['7', 7, [{ amount: 7, tx_type: 'signup' }]],
    ] as const) {
      const { body } = await register({ SIGNUP_CREDITS: setting });
      const credits = await call('GET', '/account/credits', { key: body.api_key.key });
      expect(credits.body).toMatchObject({ balance, recent_transactions: entries });
    }
  });
});

describe('a registration whose credits can not be booked', () => {
  const settings = { SIGNUP_CREDITS: '7', CREDIT_LEDGER: away(env.CREDIT_LEDGER) };

  it('leaves nothing behind: the address is free, and the next try gets account, key and credits', async () => {
    const email = uniqueEmail();
    expect((await register(settings, { email })).status).toBe(503);
    const { status, body } = await register({ SIGNUP_CREDITS: '7' }, { email });
    expect(status).toBe(201);
    expect((await call('GET', '/account/credits', { key: body.api_key.key })).body).toMatchObject({ balance: 7 });
  });

  it('gives its invite back', async () => {
    const invite = await newInvite();
    expect((await register({ ...settings, REGISTRATION: 'invite' }, { invite })).status).toBe(503);
    expect((await register({ REGISTRATION: 'invite' }, { invite })).status).toBe(201);
  });
});

describe('the limit of registrations', () => {
  it('is ten an hour from one address, and says when the next may come; other addresses are not concerned', async () => {
    const settings = { RATE_LIMITS: 'on' };
    const statuses: number[] = [];
    for (let count = 0; count < 10; count += 1) statuses.push((await register(settings, {}, '203.0.113.77')).status);
    expect(statuses).toEqual(statuses.map(() => 201));
    const refused = await register(settings, {}, '203.0.113.77');
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).toBe(String(refused.body.error?.details.retry_after_seconds));
    expect(refused.headers.get('ratelimit-policy')).toBe('"registrations";q=10;w=3600');
    expect(refused.headers.get('ratelimit')).toMatch(/^"registrations";r=0;t=\d+$/);
    expect((await register(settings, {}, '203.0.113.78')).status).toBe(201);
  });
});
