import { expect, it } from 'vitest';
import { parseConfig, variableNames, variableProblem } from '../../src/platform/env.ts';
import { testBindings } from '../support/bindings.ts';

it('has a sane and closed default for everything but the secrets', () => {
  const { ENCRYPTION_KEY, JUDGE_SECRET } = testBindings;
  const parsed = parseConfig({ ENCRYPTION_KEY, JUDGE_SECRET });
  expect(parsed).toMatchObject({
    ok: true,
    config: { ALLOW_PRIVATE_NETWORKS: false, REGISTRATION: 'invite', SIGNUP_CREDITS: 0, RATE_LIMITS: 'on' },
  });
});

it.each([
  ['ENCRYPTION_KEY', undefined],
  ['ENCRYPTION_KEY', 'change-me'],
  ['JUDGE_SECRET', 'secret'],
  ['SIGNUP_CREDITS', '-1'],
  ['SIGNUP_CREDITS', 'many'],
  ['ALLOW_PRIVATE_NETWORKS', 'yes'],
  ['REGISTRATION', 'maybe'],
  ['JUDGE_URL', 'ftp://example.com'],
  ['CHECK_INTERVAL_SECONDS', '0'],
  ['LAB_GEO', '{"127.0.0.1":'],
  ['LAB_GEO', '["nowhere"]'],
  ['LAB_GEO', '{"127.0.0.1":{"country":"Germany","asn":1}}'],
  ['ADMIN_API_KEY', 'change-me'],
  ['DNS_OVER_HTTPS_URL', 'ftp://dns.example'],
  ['TLS_EXTRA_ROOTS', 'no certificate'],
  ['TLS_EXTRA_ROOTS', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----'],
])('refuses %s=%s, names the variable and not its value', (name, value) => {
  const parsed = parseConfig({ ...testBindings, [name]: value });
  expect(parsed.ok).toBe(false);
  const problems = parsed.ok ? '' : parsed.problems.join();
  expect(problems).toContain(name);
  if (value !== undefined && value.length > 3) expect(problems).not.toContain(value);
});

it('knows which variables there are, and judges one alone', () => {
  expect(variableNames).toContain('CHECK_INTERVAL_SECONDS');
  expect(variableProblem('CHECK_INTERVAL_SECONDS', '60')).toBeNull();
  expect(variableProblem('CHECK_INTERVAL_SECONDS', 'often')).toMatch(/number/);
  expect(variableProblem('CHECK_INTERVALS', '60')).toMatch(/no such variable/);
});
