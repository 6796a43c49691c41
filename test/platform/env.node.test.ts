import { expect, it } from 'vitest';
import { parseConfig } from '../../src/platform/env.ts';
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
])('refuses %s=%s, names the variable and not its value', (name, value) => {
  const parsed = parseConfig({ ...testBindings, [name]: value });
  expect(parsed.ok).toBe(false);
  const problems = parsed.ok ? '' : parsed.problems.join();
  expect(problems).toContain(name);
  if (value !== undefined && value.length > 3) expect(problems).not.toContain(value);
});
