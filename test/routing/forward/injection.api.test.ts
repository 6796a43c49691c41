import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { adminKey } from '../../support/harness.ts';
import { injectionStrings } from '../../support/injection-strings.ts';
import { dataOf } from '../graphql/ask.ts';
import {
  answering,
  errorOf,
  type FreshTarget,
  forward,
  freshTarget,
  headerOffTheWire,
  origin,
  raw,
  rawRequestsOf,
} from './support.ts';

/** Requests that wait for their answers at once. */
const AT_ONCE = 20;

const REQUEST_LINE = /^[A-Z]+ http:\/\/127\.0\.0\.1:\d+\/[\x21-\x7e]* HTTP\/1\.1$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t\x20-\x7e]*)$/;
const EXPECTED_NAMES: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'accept-encoding',
  'content-type',
  'content-length',
  'transfer-encoding',
  'proxy-authorization',
  'x-own',
]);
const ONCE = ['host', 'content-length', 'transfer-encoding', 'proxy-authorization'];

/** The lines of a request's head, its own or not. */
function linesOf(text: string): { first: string; headers: string[]; body: string } {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...headers] = head.split('\r\n');
  return { first, headers, body: rest.join('\r\n\r\n') };
}

/** That all that came on a test's connections are whole requests of the one form that they may have. */
async function expectNothingElseSent(target: FreshTarget, bodies: readonly string[] = ['']): Promise<number> {
  const requests = await rawRequestsOf(target);
  for (const { text, isComplete } of requests) {
    const { first, headers, body } = linesOf(text);
    expect(isComplete, text).toBe(true);
    expect(first).toMatch(REQUEST_LINE);
    const names = headers.map((line) => HEADER_LINE.exec(line)?.[1]?.toLowerCase() ?? `no header: ${line}`);
    expect(names.filter((name) => !EXPECTED_NAMES.has(name))).toEqual([]);
    for (const name of ONCE) expect(names.filter((one) => one === name).length).toBeLessThanOrEqual(1);
    expect(names.includes('content-length') && names.includes('transfer-encoding')).toBe(false);
    expect(headers.filter((line) => /^host:/i.test(line))).toEqual([`Host: ${new URL(origin).host}`]);
    expect(bodies).toContain(body);
  }
  return requests.length;
}

/** Sends a request for each text that the runtime takes where it is to stand; counts what became of them. */
async function sendAll(send: (text: string) => Promise<Response | null>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let start = 0; start < injectionStrings.length; start += AT_ONCE) {
    const sent = injectionStrings.slice(start, start + AT_ONCE).map(async (text) => {
      const response = await send(text);
      if (response === null) return;
      await response.body?.cancel();
      counts[response.status] = (counts[response.status] ?? 0) + 1;
    });
    await Promise.all(sent);
  }
  return counts;
}

/** Null where `Headers` refuses the text: so does what reads a caller's request. What is above ASCII comes off the wire. */
async function withHeader(name: string, text: string): Promise<Headers | null> {
  const isOfBytes = /[\u{80}-\u{10ffff}]/u.test(text) && !/[\r\n]/.test(text);
  if (isOfBytes) return headerOffTheWire(name, text);
  try {
    return new Headers({ [name]: text });
  } catch {
    return null;
  }
}

const rawTarget = () => freshTarget([raw], { ipFailuresUntilQuarantine: 1_000_000, maxQueueWaitMs: 30_000 });

describe(`${injectionStrings.length} texts that try to start a line of their own`, () => {
  test('in the value of a header: they are refused, or arrive as they are', async () => {
    const target = await rawTarget();
    const counts = await sendAll(async (text) => {
      const headers = await withHeader('x-own', text);
      return headers && forward(target.url('/raw'), { headers });
    });
    expect(Object.keys(counts)).toEqual(['200', '422']);
    expect(await expectNothingElseSent(target)).toBe(counts[200]);
  });

  test.each(['tag', 'retries', 'force-ip', 'target', 'auth'])(
    'in X-Proxy-Hopper-%s: none of it is sent',
    async (name) => {
      const target = await rawTarget();
      const counts = await sendAll(async (text) => {
        const value = name === 'target' ? `${origin}/${text}` : text;
        const own = await withHeader(`x-proxy-hopper-${name}`, value);
        if (own === null) return null;
        if (name === 'target') {
          own.set('x-proxy-hopper-auth', `Bearer ${adminKey}`);
          return exports.default.fetch(new Request(`http://switchyard.test/raw?for=${target.name}`, { headers: own }));
        }
        return forward(target.url('/raw'), { headers: own, key: name === 'auth' ? null : adminKey });
      });
      const expected = { tag: [200], retries: [200], 'force-ip': [502], target: [200], auth: [401] }[name];
      expect(Object.keys(counts).map(Number)).toEqual(expected);
      expect(await expectNothingElseSent(target)).toBe(counts[200] ?? 0);
      for (const { text } of await rawRequestsOf(target)) expect(text).not.toMatch(/x-proxy-hopper/i);
    },
  );

  test('in the credentials of a provider: they are refused, or travel encoded', async () => {
    const target = await rawTarget();
    const name = target.name;
    const input = (auth: string) => `input: {name: "${name}", ipList: ["${raw}"], auth: ${auth}}`;
    const texts = injectionStrings.filter((_, index) => index % 10 === 0);
    let taken = 0;
    for (const text of texts) {
      const auth = `{username: ${JSON.stringify(text.replaceAll(':', ''))}, password: ${JSON.stringify(text)}}`;
      const updated = await dataOf(`mutation { updateProvider(${input(auth)}) { hasAuth } }`).catch(() => null);
      if (updated === null) continue;
      taken += 1;
      await (await forward(target.url('/raw'))).body?.cancel();
    }
    expect(await expectNothingElseSent(target)).toBe(taken);
    for (const { text } of await rawRequestsOf(target)) {
      expect(text).toMatch(/\r\nProxy-Authorization: Basic [A-Za-z0-9+/=]+\r\n/);
    }
  });
});

describe('framing that a caller claims is none of the upstream request', () => {
  const smuggled = 'hello\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n';

  test.each([
    { 'content-length': '5' },
    { 'content-length': '5, 5' },
    { 'content-length': '5, 64' },
    { 'content-length': '+5' },
    { 'content-length': '0x5' },
    { 'content-length': 'five' },
    { 'content-length': '5', 'transfer-encoding': 'chunked' },
    { 'transfer-encoding': 'xchunked' },
    { 'transfer-encoding': 'chunked, identity' },
    { 'transfer-encoding': '\tchunked' },
    { te: 'trailers', trailer: 'x-own', 'transfer-encoding': 'chunked' },
    { connection: 'content-length, host', 'keep-alive': 'timeout=5' },
    { upgrade: 'h2c', 'http2-settings': 'AAMAAABk', connection: 'upgrade, http2-settings' },
    { expect: '100-continue' },
    { 'proxy-connection': 'keep-alive', 'proxy-authorization': 'Basic eDp5' },
  ])('%o', async (headers) => {
    const target = await rawTarget();
    const response = await forward(target.url('/raw'), {
      method: 'POST',
      body: smuggled,
      headers: { 'content-type': 'text/plain', ...headers },
    });
    expect([response.status, await response.text()]).toEqual([200, 'seen']);
    expect(await expectNothingElseSent(target, [smuggled])).toBe(1);
  });

  test('a long body of another length than it claims ends with its connection, and nothing of it is a request', async () => {
    const target = await rawTarget();
    const pieces = (bytes: number) => {
      const piece = new TextEncoder().encode('GET /smuggled HTTP/1.1\r\n\r\n'.padEnd(64 * 1024, 'x'));
      let left = bytes;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left <= 0) return controller.close();
          controller.enqueue(piece);
          left -= piece.byteLength;
        },
      });
    };
    for (const [claimed, actual] of [
      ['1179648', 2_000_000],
      ['3000000', 2_000_000],
    ] as const) {
      const headers = { 'content-length': claimed };
      const response = await forward(target.url('/raw'), { method: 'POST', body: pieces(actual), headers });
      expect(response.status).toBe(502);
    }
    for (const { text, bytes, isComplete } of await rawRequestsOf(target)) {
      const claimed = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      expect(text).toMatch(/^POST http:/);
      expect(bytes - text.indexOf('\r\n\r\n') - 4).toBeLessThanOrEqual(claimed);
      expect(isComplete && claimed > 2_000_000).toBe(false);
    }
  });
});

const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer that is not plainly one', () => {
  test.each([
    ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    ['the same length twice', `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
    ['a list of lengths', `${OK}Content-Length: 5, 6\r\n\r\nhello!`],
    ['a signed length', `${OK}Content-Length: +5\r\n\r\nhello`],
    ['a negative length', `${OK}Content-Length: -5\r\n\r\nhello`],
    ['a hexadecimal length', `${OK}Content-Length: 0x5\r\n\r\nhello`],
    ['length and chunks', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks and length', `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`],
    ['an encoding that is like chunked', `${OK}Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['chunked, but not last', `${OK}Transfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['a space before the colon', `${OK}Transfer-Encoding : chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['a folded line', `${OK}Transfer-Encoding:\r\n chunked\r\nX: 1\r\n\r\n0\r\n\r\n`],
    ['a bare CR in a value', `${OK}X-Value: a\rX-Injected: 1\r\nContent-Length: 5\r\n\r\nhello`],
    ['a NUL in a value', `${OK}X-Value: a\0b\r\nContent-Length: 5\r\n\r\nhello`],
    ['a line without a colon', `${OK}X-Injected\r\nContent-Length: 5\r\n\r\nhello`],
    ['a header without a name', `${OK}: 1\r\nContent-Length: 5\r\n\r\nhello`],
    ['a bare CR after the status', 'HTTP/1.1 200 OK\rX-Injected: 1\r\nContent-Length: 5\r\n\r\nhello'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['another protocol', 'ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
    ['no head at all', 'hello\r\n\r\n'],
  ])('%s: is refused, and counted', async (_what, bytes) => {
    const target = await freshTarget([raw], { numRetries: 0 });
    const response = await forward(target.url(answering(bytes)));
    expect(response.headers.has('x-injected')).toBe(false);
    expect(await errorOf(response)).toEqual({ status: 502, code: 'BAD_UPSTREAM_RESPONSE' });
    await expect.poll(async () => (await target.rotor.metrics()).outcomes).toMatchObject({ connection_error: 1 });
  });

  test.each([
    ['no hexadecimal size', '5\r\nhello\r\nx\r\n\r\n'],
    ['a signed size', '+5\r\nhello\r\n0\r\n\r\n'],
    ['a size larger than any', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '3\r\nhello\r\n0\r\n\r\n'],
    ['a bare LF after a size', '5\nhello\r\n0\r\n\r\n'],
    ['a bare CR in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
  ])('chunks with %s: the caller sees that it is broken, and it is counted', async (_what, chunks) => {
    const target = await freshTarget([raw], { numRetries: 0 });
    const response = await forward(target.url(answering(`${OK}Transfer-Encoding: chunked\r\n\r\n${chunks}`)));
    if (response.status === 200) await expect(response.text()).rejects.toThrow();
    else expect(await errorOf(response)).toEqual({ status: 502, code: 'BAD_UPSTREAM_RESPONSE' });
    await expect.poll(async () => (await target.rotor.metrics()).outcomes).toMatchObject({ connection_error: 1 });
  });

  test('what follows an answer is nobody’s: not this caller’s, not the next one’s', async () => {
    const target = await freshTarget([raw], { numRetries: 0 });
    const injected = `${OK}X-Injected: 1\r\nContent-Length: 8\r\n\r\ninjected`;
    for (const head of [
      'Content-Length: 5\r\n\r\nhello',
      'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ]) {
      const first = await forward(target.url(answering(`${OK}${head}${injected}`, '&keep')));
      expect(first.headers.has('x-injected')).toBe(false);
      // Whether the first is judged by what came after it is the dialer's to say; its body is never more than its own.
      const text = await first.text().catch(() => 'hello');
      expect(text).toBe('hello');
      const next = await forward(target.url('/raw'));
      expect([next.status, next.headers.has('x-injected'), await next.text()]).toEqual([200, false, 'seen']);
    }
  });

  test('says nothing in our name, nor of its connection; several cookies stay several', async () => {
    const target = await freshTarget([raw]);
    const own = ['X-Proxy-Ip: fake', 'X-Proxy-Attempts: 99', 'X-Proxy-Queue-Ms: 99'];
    const connections = [
      'Connection: close, x-of-connection',
      'X-Of-Connection: 1',
      'Keep-Alive: timeout=5',
      'Upgrade: h2c',
    ];
    const proxys = ['Proxy-Authenticate: Basic', 'Proxy-Connection: close', 'Trailer: x-t'];
    const cookies = ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2'];
    const lines = [...own, ...connections, ...proxys, ...cookies, 'X-Split: a%0d%0aX-Injected: 1', 'Content-Length: 5'];
    const response = await forward(target.url(answering(`${OK}${lines.join('\r\n')}\r\n\r\nhello`)));
    expect(await response.text()).toBe('hello');
    expect(response.headers.get('x-proxy-ip')).toBe(raw);
    expect(response.headers.get('x-proxy-attempts')).toBe('1');
    expect(response.headers.get('x-proxy-queue-ms')).not.toContain('99');
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(response.headers.get('x-split')).toBe('a%0d%0aX-Injected: 1');
    for (const name of [
      'x-injected',
      'x-of-connection',
      'keep-alive',
      'upgrade',
      'proxy-authenticate',
      'proxy-connection',
    ]) {
      expect(response.headers.has(name)).toBe(false);
    }
  });
});
