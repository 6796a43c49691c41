import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DialError } from '../../../src/platform/net/dial-error.ts';
import {
  basicAuthorization,
  encodeConnectHead,
  encodeRequestHead,
  MAX_REQUEST_HEADER_BYTES,
  MAX_REQUEST_HEADERS,
  MAX_REQUEST_TARGET_BYTES,
  type RequestHead,
} from '../../../src/platform/net/http-request.ts';

const plain: RequestHead = {
  method: 'GET',
  target: '/',
  authority: 'example.com',
  headers: [],
  proxyAuthorization: null,
  contentLength: null,
  acceptEncoding: 'identity',
  isPersistent: false,
};

/** What was written, byte for byte, or null when it was refused. */
function linesOf(write: () => Uint8Array): string[] | null {
  let bytes: Uint8Array;
  try {
    bytes = write();
  } catch (error) {
    if (error instanceof DialError && error.code === 'invalid_request') return null;
    throw error;
  }
  const text = String.fromCharCode(...bytes);
  expect(text.endsWith('\r\n\r\n')).toBe(true);
  const lines = text.slice(0, -4).split('\r\n');
  for (const line of lines) expect(line).toMatch(/^[\t\x20-\x7e]+$/);
  return lines;
}

/** Text around something that could end a line: real line ends, and code points whose low byte is one. */
const hostile = fc
  .tuple(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      '\0',
      '瘍瘊',
      '\u010d\u010a',
      '\u560a',
      '\u2028',
      '\u0085',
      '\x7f',
      'é',
      '\ud800',
      ' HTTP/1.1\r\nX-Injected: 1',
      '\r\n\r\nGET /second HTTP/1.1\r\nHost: x',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  .map((parts) => parts.join(''));

describe('the head of a request', () => {
  it('has one line more for each header, in order', () => {
    const headers: [string, string][] = [
      ['X-One', 'a\tb c'],
      ['x_two', ''],
    ];
    const head = {
      ...plain,
      method: 'POST',
      target: '/a?b=c%20d',
      headers,
      proxyAuthorization: 'Basic x',
      contentLength: 3,
    };
    expect(linesOf(() => encodeRequestHead(head))).toEqual([
      'POST /a?b=c%20d HTTP/1.1',
      'Host: example.com',
      'X-One: a\tb c',
      'x_two: ',
      'Proxy-Authorization: Basic x',
      'Content-Length: 3',
      'Accept-Encoding: identity',
      'Connection: close',
    ]);
  });

  it('refuses every text that could start a line of its own, wherever it stands', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const attempts: RequestHead[] = [
          { ...plain, method: text },
          { ...plain, target: `/${text}` },
          { ...plain, target: `http://example.com/${text}` },
          { ...plain, target: `http://${text}/` },
          { ...plain, authority: text },
          { ...plain, headers: [[text, 'value']] },
          { ...plain, headers: [['X-Name', text]] },
          { ...plain, proxyAuthorization: text },
        ];
        for (const attempt of attempts) expect(linesOf(() => encodeRequestHead(attempt))).toBeNull();
        expect(linesOf(() => encodeConnectHead(text, null))).toBeNull();
        expect(linesOf(() => encodeConnectHead('example.com:80', text))).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('never has another number of lines than it was given headers, whatever they hold', () => {
    const anyText = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (method, target, name, value) => {
        const head = { ...plain, method, target: `/${target}`, headers: [[name, value] as const] };
        const lines = linesOf(() => encodeRequestHead(head));
        if (lines) expect(lines).toHaveLength(5);
        const lenient = linesOf(() => encodeRequestHead({ ...plain, headers: [['X', value]] }));
        if (lenient) expect(lenient).toHaveLength(5);
      }),
      { numRuns: 2_000 },
    );
  });

  it('turns credentials into one word, whatever they hold, and refuses a colon in the user name', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }), (user, password) => {
        const withoutColon = user.replaceAll(':', '');
        expect(basicAuthorization(withoutColon, password)).toMatch(/^Basic [A-Za-z0-9+/]*=*$/);
      }),
      { numRuns: 500 },
    );
    expect(() => basicAuthorization('a:b', 'c')).toThrow(DialError);
    expect(basicAuthorization('Aladdin', 'open sesame')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  });

  it.each([
    'Host',
    'connection',
    'Content-Length',
    'TRANSFER-ENCODING',
    'proxy-authorization',
    'Proxy-Connection',
    'upgrade',
    'expect',
    'te',
    'trailer',
    'accept-encoding',
  ])('leaves %s to the dialer', (name) => {
    expect(linesOf(() => encodeRequestHead({ ...plain, headers: [[name, 'x']] }))).toBeNull();
  });

  it('is bounded', () => {
    const many = Array.from({ length: MAX_REQUEST_HEADERS + 1 }, () => ['X', 'y'] as const);
    expect(linesOf(() => encodeRequestHead({ ...plain, headers: many }))).toBeNull();
    const long = 'x'.repeat(MAX_REQUEST_HEADER_BYTES);
    expect(linesOf(() => encodeRequestHead({ ...plain, headers: [['X', long]] }))).toBeNull();
    const target = `/${'x'.repeat(MAX_REQUEST_TARGET_BYTES)}`;
    expect(linesOf(() => encodeRequestHead({ ...plain, target }))).toBeNull();
  });
});
