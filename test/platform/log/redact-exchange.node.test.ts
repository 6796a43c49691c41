import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_LOGGED_BODY_BYTES,
  MAX_LOGGED_HEADER_CHARACTERS,
  MAX_LOGGED_HEADERS,
  MAX_LOGGED_URL_CHARACTERS,
  maskOf,
  redactBody,
  redactHeaders,
  redactUrl,
} from '../../../src/platform/log/redact-exchange.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const nothing = maskOf([]);
const apiKey = `pp_${'a1'.repeat(24)}`;

describe('header fields', () => {
  it('that prove who one is are redacted, whatever their letters, and the others stay in their order', () => {
    const secret = [
      'Authorization',
      'proxy-authorization',
      'COOKIE',
      'Set-Cookie',
      'X-API-Key',
      'x-apikey',
      'X-Auth-Token',
      'X-Proxy-Hopper-Auth',
      'x-amz-security-token',
      'X-Hub-Signature-256',
      'x-session-id',
      'Password',
    ];
    const shown = redactHeaders(
      [['Accept', 'text/html'], ...secret.map((name) => [name, 'hunter2'] as const), ['Host', 'api.example']],
      nothing,
    );
    expect(shown[0]).toEqual(['accept', 'text/html']);
    expect(shown.at(-1)).toEqual(['host', 'api.example']);
    expect(shown.slice(1, -1)).toEqual(secret.map((name) => [name.toLowerCase(), '[redacted]']));
  });

  it('hide API keys, URL credentials, secret parameters of URLs and injected values in any field', () => {
    const shown = redactHeaders(
      [
        ['referer', `https://user:pass@host/?api_key=hunter2&page=1`],
        ['location', '/next?token=hunter3#access_token=hunter4'],
        ['x-note', `${apiKey} and injected-value`],
      ],
      maskOf(['injected-value']),
    );
    expect(JSON.stringify(shown)).not.toMatch(/user:pass|hunter|a1a1|injected-value/);
    expect(shown[0]?.[1]).toBe('https://[redacted]@host/?api_key=[redacted]&page=1');
  });

  it('are bounded in number and length', () => {
    const many = Array.from({ length: 500 }, (_, index) => [`x-${index}`, 'v'.repeat(10_000)] as const);
    const shown = redactHeaders(many, nothing);
    expect(shown).toHaveLength(MAX_LOGGED_HEADERS);
    expect(shown[0]?.[1]).toHaveLength(MAX_LOGGED_HEADER_CHARACTERS + 1);
  });
});

describe('URLs', () => {
  it.each([
    ['/v1/users?page=2', '/v1/users?page=2'],
    ['/v1?key=abc&q=key', '/v1?key=[redacted]&q=key'],
    ['/v1?Authorization=Bearer%20abc', '/v1?Authorization=[redacted]'],
    ['/v1?a%70i_key=abc', '/v1?a%70i_key=[redacted]'],
    ['/v1?sig=a%26b=c&x=1', '/v1?sig=[redacted]&x=1'],
    ['https://user:pw@host/p?password=a', 'https://[redacted]@host/p?password=[redacted]'],
    ['/v1?%E0%A4%A=1', '/v1?%E0%A4%A=1'],
  ])('%s is kept as %s', (url, kept) => {
    expect(redactUrl(url, nothing)).toBe(kept);
  });

  it('are cut', () => {
    expect(redactUrl(`/${'x'.repeat(100_000)}`, nothing)).toHaveLength(MAX_LOGGED_URL_CHARACTERS + 1);
  });
});

describe('bodies', () => {
  it('of JSON lose the values of secret fields at every depth, numbers and objects among them', () => {
    const body = { user: 'ann', login: { password: 'hunter2', pin: 1 }, tokens: [{ access_token: { v: 'hunter3' } }] };
    const { text, isTruncated } = redactBody(bytes(JSON.stringify(body)), 'application/json; charset=utf-8', nothing);
    expect(text).not.toContain('hunter');
    expect(JSON.parse(text ?? '')).toMatchObject({ user: 'ann', login: { password: '[redacted]', pin: 1 } });
    expect(isTruncated).toBe(false);
  });

  it('of JSON that was cut lose them too, one that the cut went through among them', () => {
    const text = `{"user":"ann","api_key":"hunter\\"2","n":${'1'.repeat(MAX_LOGGED_BODY_BYTES - 80)},"client_secret": "hunter345678901234567890`;
    const kept = redactBody(bytes(`${text}${'9'.repeat(1_000)}"}`), 'application/json', nothing);
    expect(kept.isTruncated).toBe(true);
    expect(kept.text).not.toContain('hunter');
    expect(kept.text).toContain('"user":"ann"');
  });

  it('of forms lose them', () => {
    expect(redactBody(bytes('user=ann&password=hunter2&x=1'), 'application/x-www-form-urlencoded', nothing).text).toBe(
      'user=ann&password=[redacted]&x=1',
    );
  });

  it('that are no text are not kept, and a cut goes through no character', () => {
    expect(redactBody(new Uint8Array([0xff, 0xfe, 0]), 'image/png', nothing)).toEqual({
      text: null,
      isTruncated: false,
    });
    const kept = redactBody(bytes('é'.repeat(MAX_LOGGED_BODY_BYTES)).subarray(1 - 1), 'text/plain', nothing);
    expect(kept).toEqual({ text: 'é'.repeat(MAX_LOGGED_BODY_BYTES / 2), isTruncated: true });
    const odd = redactBody(bytes(`x${'é'.repeat(MAX_LOGGED_BODY_BYTES)}`), 'text/plain', nothing);
    expect(odd.text).toBe(`x${'é'.repeat(MAX_LOGGED_BODY_BYTES / 2 - 1)}`);
  });
});

it('a secret value is found as it is, in a URL and in JSON, wherever it stands', () => {
  const secretText = fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(secretText, fc.constantFrom('raw', 'url', 'json'), (secret, spelling) => {
      fc.pre(!'<<[redacted]>>'.includes(secret));
      const inText = { raw: secret, url: encodeURIComponent(secret), json: JSON.stringify(secret).slice(1, -1) }[
        spelling
      ];
      expect(maskOf([secret])(`<<${inText}>>`)).not.toContain(inText);
    }),
  );
});
