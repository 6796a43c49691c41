import { expect, it } from 'vitest';
import { adminKey, call } from '../../support/harness.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('every answer has an id of its own, whatever it is and whatever id the caller sent', async () => {
  const headers = { 'x-request-id': '01890000-0000-7000-8000-000000000000' };
  const replies = await Promise.all([
    call('GET', '/health', { headers }),
    call('HEAD', '/health', { headers }),
    call('GET', '/openapi.json', { headers }),
    call('GET', '/robots.txt', { headers }),
    call('GET', '/account', { headers, key: adminKey }),
    call('GET', '/account', { headers }),
    call('GET', '/nothing', { headers }),
    call('PUT', '/account', { headers }),
    call('POST', '/auth/keys', { headers, key: adminKey, text: '{' }),
    call('POST', '/auth/keys', { headers, key: adminKey, json: {}, text: ' '.repeat(2_000_000) }),
    call('POST', '/auth/register', { headers, json: {} }),
    call('GET', '/judge', { headers }),
    call('GET', '/forward/http://127.0.0.1/', { headers }),
    call('HEAD', `/api/proxy_${'0'.repeat(32)}/x`, { headers }),
  ]);
  const ids = replies.map((reply) => reply.headers.get('x-request-id'));
  for (const id of ids) expect(id).toMatch(UUID);
  expect(new Set([...ids, headers['x-request-id']]).size).toBe(replies.length + 1);
});
