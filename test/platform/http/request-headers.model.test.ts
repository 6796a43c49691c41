import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_HEADER_VALUE_CHARACTERS,
  MAX_REQUEST_HEADERS,
  requestHeadersProblem,
} from '../../../src/platform/http/request-headers.model.ts';

describe('request headers of a source', () => {
  it('may be any names and values that stay on their line', () => {
    expect(requestHeadersProblem({})).toBeNull();
    expect(
      requestHeadersProblem({ Authorization: 'Bearer a.b-c', 'X-Api-Key': 'two words', 'User-Agent': 'x' }),
    ).toBeNull();
    expect(requestHeadersProblem({ a: 'v'.repeat(MAX_HEADER_VALUE_CHARACTERS) })).toBeNull();
  });

  it('may not be what belongs to the connection, the body or the platform', () => {
    const names = ['Host', 'connection', 'Transfer-Encoding', 'content-length', 'TE', 'Upgrade', 'Proxy-Authorization'];
    for (const name of [...names, 'CF-Connecting-IP', 'X-Forwarded-For', 'accept-encoding', 'Expect', 'Range']) {
      expect([name, requestHeadersProblem({ [name]: 'x' })]).toEqual([
        name,
        expect.stringContaining(name.toLowerCase()),
      ]);
    }
  });

  it('may not carry anything that could end a line, in name or value', () => {
    const hostile = ['a\r\nX-Evil: 1', 'a\nb', '瘍瘊', '\u0000', 'é', '\u2028', ' lead', 'trail ', '', '\ud800'];
    for (const value of hostile) expect([value, requestHeadersProblem({ good: value })]).not.toEqual([value, null]);
    for (const name of [...hostile, 'a b', 'a:', '(x)'])
      expect([name, requestHeadersProblem({ [name]: 'x' })]).not.toEqual([name, null]);
  });

  it('are few and short, and named once', () => {
    const many = Object.fromEntries(Array.from({ length: MAX_REQUEST_HEADERS + 1 }, (_, index) => [`x-${index}`, 'v']));
    expect(requestHeadersProblem(many)).not.toBeNull();
    expect(requestHeadersProblem({ a: 'v'.repeat(MAX_HEADER_VALUE_CHARACTERS + 1) })).not.toBeNull();
    expect(requestHeadersProblem({ ['n'.repeat(65)]: 'v' })).not.toBeNull();
    expect(requestHeadersProblem({ Key: '1', key: '2' })).not.toBeNull();
  });

  it('that pass are ones the platform sends as they are', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 })),
        (headers) => {
          if (requestHeadersProblem(headers) !== null) return;
          const sent = new Headers(headers);
          for (const [name, value] of Object.entries(headers)) expect(sent.get(name)).toBe(value);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
