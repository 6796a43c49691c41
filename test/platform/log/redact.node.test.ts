import { expect, it } from 'vitest';
import { redact } from '../../../src/platform/log/redact.ts';
import { Secret } from '../../../src/platform/secrets.ts';

const key = `pp_${'a'.repeat(48)}`;

it('hides what is named like a secret, at every depth and in lists', () => {
  const line = JSON.stringify(
    redact({
      apiKey: 'one-secret',
      request: { headers: { Authorization: 'two-secret', 'x-api-key': 'three-secret', accept: 'text/html' } },
      proxies: [{ ip: '192.0.2.1', passwordSealed: 'four-secret' }],
      password: null,
    }),
  );
  expect(line).not.toMatch(/one-secret|two-secret|three-secret|four-secret/);
  expect(line).toContain('text/html');
  expect(line).toContain('"password":null');
});

it('hides keys and URL credentials wherever they stand in a text', () => {
  const { note, list } = redact({ note: `key ${key} at http://user:pass@192.0.2.1:80/`, list: [key] });
  expect(note).toBe('key pp_[redacted] at http://[redacted]@192.0.2.1:80/');
  expect(list).toEqual(['pp_[redacted]']);
  expect(redact({ url: 'https://token@lists.example/a' }).url).toBe('https://[redacted]@lists.example/a');
  expect(redact({ url: 'https://lists.example/@a' }).url).toBe('https://lists.example/@a');
});

it('prints a Secret as redacted, however it is turned into text', () => {
  const secret = new Secret('the value');
  expect(`${secret} ${JSON.stringify({ secret })} ${String(redact({ secret }).secret)}`).not.toContain('the value');
  expect(secret.reveal()).toBe('the value');
});

it('cuts what is nested deeper than a log line should be', () => {
  let nested: object = { leaf: 1 };
  for (let depth = 0; depth < 20; depth += 1) nested = { nested };
  expect(JSON.stringify(redact({ nested })).length).toBeLessThan(200);
});
