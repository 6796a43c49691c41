import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import type { AppError } from '../../../src/platform/errors/app-error.ts';
import { createServices } from '../../../src/services.ts';
import { uniqueEmail } from '../../support/factories.ts';

const limit = { name: 'calls', maxHits: 3, windowMs: 60_000 };
const nowMs = 1_800_000_000_000;

describe('an exact rate window', () => {
  it('allows the limit to parallel hits, also across an eviction, and counts subjects apart', async () => {
    const stub = env.RATE_WINDOW.getByName(crypto.randomUUID());
    const first = await Promise.all([1, 2].map(() => stub.hit(limit, 'a', nowMs)));
    expect(first.map(({ allowed }) => allowed)).toEqual([true, true]);
    await evictDurableObject(stub);
    const then = await Promise.all([1, 2, 3].map(() => stub.hit(limit, 'a', nowMs + 1)));
    expect(then.map(({ allowed }) => allowed)).toEqual([true, false, false]);
    expect((await stub.hit(limit, 'b', nowMs)).allowed).toBe(true);
    expect((await stub.hit(limit, 'a', nowMs + limit.windowMs)).allowed).toBe(true);
  });

  it('forgets ended windows by its alarm', async () => {
    const stub = env.RATE_WINDOW.getByName(crypto.randomUUID());
    await stub.hit(limit, 'a', 1_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const rows = await runInDurableObject(stub, (_instance, state) =>
      state.storage.sql.exec('SELECT * FROM windows').toArray(),
    );
    expect(rows).toEqual([]);
  });
});

describe('registration', () => {
  it('is refused to an address after 10 in an hour, with the time to wait, and not to another address', async () => {
    const config = { ...configOf(env), RATE_LIMITS: 'on' as const };
    const { accounts } = createServices(env, config, () => {});
    const address = `198.51.100.${Math.floor(Math.random() * 250)}-${crypto.randomUUID()}`;
    const register = (from: string) =>
      accounts.register({ email: uniqueEmail(), displayName: 'A', invite: null, address: from });
    for (let count = 0; count < 10; count += 1) await register(address);
    const refused = await register(address).catch((error: AppError) => error);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED' });
    const { headers, details } = refused as AppError;
    expect(Number(headers['Retry-After'])).toBe(details.retry_after_seconds);
    expect(headers['RateLimit-Policy']).toBe('"registrations";q=10;w=3600');
    await expect(register(`${address}-other`)).resolves.toMatchObject({ user: { display_name: 'A' } });
  });

  it('needs an unused invite where invites are asked for, and is closed where it is closed', async () => {
    const services = createServices(env, { ...configOf(env), REGISTRATION: 'invite' }, () => {});
    const { accounts, administration } = services;
    const admin = { kind: 'builtin_admin', accountId: '00000000-0000-7000-8000-000000000001', role: 'admin' } as const;
    const register = (invite: string | null) =>
      accounts.register({ email: uniqueEmail(), displayName: 'A', invite, address: 'x' });
    const { invite } = await administration.createInvite(admin);
    await expect(register(null)).rejects.toMatchObject({ code: 'REGISTRATION_CLOSED' });
    await expect(register('wrong')).rejects.toMatchObject({ code: 'REGISTRATION_CLOSED' });
    const both = await Promise.allSettled([register(invite), register(invite)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const closed = createServices(env, { ...configOf(env), REGISTRATION: 'closed' }, () => {}).accounts;
    const attempt = closed.register({ email: uniqueEmail(), displayName: 'A', invite, address: 'x' });
    await expect(attempt).rejects.toMatchObject({ code: 'REGISTRATION_CLOSED' });
  });
});
