import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { createAccount } from '../support/factories.ts';

const app = createApp();

/** The Worker's own app, with limits that the tests otherwise turn off. */
function callLimited(path: string, key: string, method = 'GET'): Promise<Response> {
  const limited: Env = { ...env, ...Object({ RATE_LIMITS: 'on', REQUESTS_PER_MINUTE: '5' }) };
  const request = new Request(`http://switchyard.test${path}`, { method, headers: { authorization: `Bearer ${key}` } });
  return Promise.resolve(app.fetch(request, limited, createExecutionContext()));
}

/** Away from the end of a window, so that the test has one window. */
async function awaitFreshWindow(): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 10_000) await scheduler.wait(leftMs + 50);
}

describe('the limit of a key', () => {
  it('is told with every answer, refusals too, and refuses what is over it, for that key alone', async () => {
    await awaitFreshWindow();
    const [one, other] = [await createAccount(), await createAccount()];
    const remaining: (string | null)[] = [];
    for (const path of ['/account', '/account', '/no-such-path', '/admin/accounts', '/proxies?limit=0', '/account']) {
      const answer = await callLimited(path, one.key);
      expect(answer.status).not.toBe(429);
      await answer.body?.cancel();
      if (path === '/no-such-path') continue;
      expect(answer.headers.get('ratelimit-policy')).toBe('"requests";q=5;w=60');
      remaining.push(/^"requests";r=(\d+);t=\d+$/.exec(answer.headers.get('ratelimit') ?? '')?.[1] ?? null);
    }
    expect(remaining).toEqual(['4', '3', '2', '1', '0']);
    const refused = await callLimited('/account', one.key);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit')).toBe(`"requests";r=0;t=${retryAfter}`);
    expect((await callLimited('/account', other.key)).status).toBe(200);
  }, 60_000);
});
