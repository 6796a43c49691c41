import { expect, test } from 'vitest';
import { adminKey, call } from '../../support/harness.ts';
import { bad, forward, freshTarget, good } from '../forward/support.ts';

test('each target is told of: what became of its requests, who waits, how its IPs stand', async () => {
  const target = await freshTarget([bad.refused ?? '', good[0] ?? ''], { ipFailuresUntilQuarantine: 1 });
  await (await forward(target.url('/echo'))).text();
  await expect.poll(async () => (await target.rotor.metrics()).outcomes.success).toBe(1);

  const reply = await call<string>('GET', '/metrics', { key: adminKey });

  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const ours = reply.text.split('\n').filter((line) => line.includes(`target="${target.name}"`));
  const value = (start: string) =>
    Number(
      ours
        .find((line) => line.startsWith(start))
        ?.split(' ')
        .at(-1),
    );
  const label = `target="${target.name}"`;
  expect(value(`proxy_hopper_requests_total{${label},outcome="success"}`)).toBe(1);
  expect(value(`proxy_hopper_requests_total{${label},outcome="connection_error"}`)).toBe(1);
  expect(value(`proxy_hopper_request_duration_seconds_count{${label}}`)).toBe(1);
  expect(value(`proxy_hopper_available_ips{${label}}`)).toBe(1);
  expect(value(`proxy_hopper_quarantined_ips{${label}}`)).toBe(1);
  expect(value(`proxy_hopper_target_up{${label}}`)).toBe(1);
});
