import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { createAccount } from '../../support/factories.ts';
import { arrivalsOf, errorOf, forward, freshTarget, good, origin } from './support.ts';

const app = createApp();
const LIMIT = 6;

/** A forward by the Worker's own app, with limits that the tests otherwise turn off. */
function forwardLimited(url: string, key: string): Promise<Response> {
  const limited: Env = { ...env, ...Object({ RATE_LIMITS: 'on', REQUESTS_PER_MINUTE: String(LIMIT) }) };
  const headers = { 'x-proxy-hopper-auth': `Bearer ${key}` };
  const request = new Request(`http://switchyard.test/forward/${url}`, { headers });
  return Promise.resolve(app.fetch(request, limited, createExecutionContext()));
}

/** Away from the end of a window, so that the test has one window. */
async function awaitFreshWindow(): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 15_000) await scheduler.wait(leftMs + 50);
}

describe('forwards', () => {
  it('count against the limit of their key: each answer says so, refusals too, and what is over it goes nowhere', async () => {
    const target = await freshTarget(good.slice(0, 2), { allowedRoles: ['viewer'] });
    const closed = await freshTarget(good.slice(0, 2));
    const [one, other] = [await createAccount(), await createAccount()];
    await awaitFreshWindow();
    const asked: [url: string, status: number][] = [
      [target.url('/echo'), 200],
      [`${target.url('/status/404')}`, 404],
      [closed.url('/echo'), 403],
      [`${origin}/echo?for=nobody`, 502],
      ['ftp://x.example/', 422],
      [target.url('/echo'), 200],
    ];
    const remaining: (string | undefined)[] = [];
    for (const [url, status] of asked) {
      const answer = await forwardLimited(url, one.key);
      await answer.body?.cancel();
      expect([url, answer.status, answer.headers.get('ratelimit-policy')]).toEqual([
        url,
        status,
        `"requests";q=${LIMIT};w=60`,
      ]);
      remaining.push(/^"requests";r=(\d+);t=\d+$/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
    }
    expect(remaining).toEqual(['5', '4', '3', '2', '1', '0']);
    const refused = await forwardLimited(target.url('/echo'), one.key);
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit')).toBe(`"requests";r=0;t=${retryAfter}`);
    expect(await errorOf(refused)).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect(await arrivalsOf(target)).toHaveLength(3);
    expect(await target.rotor.metrics()).toMatchObject({ outcomes: { rate_limited: 0 } });
    const others = await forwardLimited(target.url('/echo'), other.key);
    expect([others.status, (await others.json<{ from: string }>()).from.startsWith('127.0.20.')]).toEqual([200, true]);
  });

  it('are refused when a pattern before theirs is too complex to be tried on so long a URL, and not sent elsewhere', async () => {
    const complex = await freshTarget(good.slice(0, 1), { regex: '^http://(?:[a-z]?){120}/never' });
    const target = await freshTarget(good.slice(0, 1));
    expect((await forward(target.url('/echo'))).status).toBe(200);
    const refused = await forward(target.url(`/echo?long=${'a'.repeat(3_000)}`));
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'VALIDATION_ERROR',
        message: expect.stringMatching(/^The URL is too long: .* 2\d\d\d characters at most/),
      },
    });
    expect([await arrivalsOf(complex), (await arrivalsOf(target)).length]).toEqual([[], 1]);
  });
});
