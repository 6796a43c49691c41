import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { away, fetchWith } from '../support/worker-doors.ts';

async function health(environment: Env) {
  const response = await fetchWith(environment, '/health');
  const text = await response.text();
  expect(text).not.toContain('away');
  return { status: response.status, body: JSON.parse(text) };
}

const healthy = {
  status: 'healthy',
  d1: 'connected',
  durable_objects: 'connected',
  queues: 'connected',
  version: expect.stringMatching(/^\d+\.\d+\.\d+/),
};

it('is healthy while every part answers', async () => {
  expect(await health(env)).toEqual({ status: 200, body: healthy });
});

it.each([
  ['d1', { DB: away(env.DB) }],
  ['durable_objects', { RATE_WINDOW: away(env.RATE_WINDOW) }],
  ['queues', { CHECKS: away(env.CHECKS) }],
])('names %s when it is the part that fails, and no reason', async (part, broken) => {
  expect(await health({ ...env, ...broken })).toEqual({
    status: 503,
    body: { ...healthy, status: 'unhealthy', [part]: 'unreachable' },
  });
});
