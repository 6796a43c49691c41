import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCanary } from '../../support/canary.ts';
import { escapePaths } from '../../support/escape-paths.ts';
import { inLanes } from '../../support/in-lanes.ts';
import { injectionStrings } from '../../support/injection-strings.ts';
import { listenAsPeer } from '../../support/listening-peer.ts';
import { createRawProxy } from '../../support/raw-proxy.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';

/** Whoever has no answer by then gets none. */
const ANSWER_MS = 60_000;
/** What a request that brings nothing of its own may have when it goes upstream. */
const EXPECTED_FIELDS = new Set([
  'host',
  'accept-encoding',
  'connection',
  'content-length',
  'transfer-encoding',
  'content-type',
  'x-mine',
]);

let worker: WorkerProcess;
let port = 0;
const proxy = createRawProxy();
let proxyPeer: Awaited<ReturnType<typeof listenAsPeer>>;
let canary: Awaited<ReturnType<typeof startCanary>>;

beforeAll(async () => {
  [worker, proxyPeer, canary] = await Promise.all([startWorkerProcess(), listenAsPeer(proxy.server), startCanary()]);
  // Past the stand-in for the edge: the Worker itself is to hold.
  port = Number((await worker.miniflare.ready).port);
  const { body } = await worker.call('POST', '/graphql', {
    query: `mutation {
      addProvider(input: {name: "raw", ipList: ["127.0.0.1:${proxyPeer.port}"]}) { name }
      addPool(input: {name: "raw", ipRequests: [{provider: "raw", count: 1}]}) { name }
      addTarget(input: {name: "raw", regex: "^http://target[.]test/", poolName: "raw", minRequestInterval: 0,
        maxQueueWait: 60, numRetries: 0, ipFailuresUntilQuarantine: 1000}) { name } }`,
  });
  expect(body).toMatchObject({ data: { addTarget: { name: 'raw' } } });
}, 180_000);

afterAll(async () => {
  await worker?.stop();
  await Promise.all([proxyPeer?.close(), canary?.close()]);
});

interface Exchanged {
  /** The first answer on the connection; null: none came. */
  status: number | null;
  text: string;
}

/** What comes back for bytes that are all ours (latin1). */
function exchange(bytes: string, isHalfClosed = false): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0) || null, text });
    };
    const timer = setTimeout(() => {
      text = '';
      done();
    }, ANSWER_MS);
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    // A refusal may come as a reset.
    socket.on('error', () => undefined).on('close', done);
    if (isHalfClosed) socket.end(Buffer.from(bytes, 'latin1'));
    else socket.write(Buffer.from(bytes, 'latin1'));
  });
}

const auth = () => `X-Proxy-Hopper-Auth: Bearer ${worker.adminKey}`;

function head(requestTarget: string, lines: readonly string[] = [], method = 'GET'): string {
  const own = [`Host: 127.0.0.1:${port}`, auth(), 'Connection: close'];
  return `${[`${method} ${requestTarget} HTTP/1.1`, ...own, ...lines].join('\r\n')}\r\n\r\n`;
}

let seen = 0;

/** The requests that have come upstream since it was asked last. */
function arrived() {
  const all = proxy.requests();
  const fresh = all.slice(seen);
  seen = all.length;
  return fresh;
}

/** First lines of what came upstream; all of it whole requests of the one form that they may have, one a connection. */
function upstreamLines(): string[] {
  const requests = arrived();
  const connections = new Set(requests.map(({ connection }) => connection));
  expect(connections.size).toBe(requests.length);
  expect(canary.came).toEqual([]);
  return requests.map(({ text, isComplete }) => {
    expect([text, isComplete]).toEqual([text, true]);
    const [first = '', ...fields] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
    expect(first).toMatch(/^[A-Z]+ http:\/\/target\.test\/[\x21-\x7e]* HTTP\/1\.1$/);
    const names = fields.map((field) => field.slice(0, field.indexOf(':')).toLowerCase());
    expect([text, names.filter((name) => !EXPECTED_FIELDS.has(name))]).toEqual([text, []]);
    expect(new Set(names).size).toBe(names.length);
    expect(fields).toContain('Host: target.test');
    return first.replace(/ HTTP\/1\.1$/, '').replace('http://target.test', '');
  });
}

/** What an error of ours says; anything else is none of ours. */
const codeOf = ({ text }: Exchanged) => /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;

const T = 'http://target.test';

describe('a URL in the path', () => {
  test.each([
    [`${T}`, '/'],
    [`${T}?q=1`, '/?q=1'],
    [`${T}/x?a=1&a=2&a=1`, '/x?a=1&a=2&a=1'],
    [`${T}/x??y=?z`, '/x??y=?z'],
    [`${T}//two//slashes`, '//two//slashes'],
    ['http:/target.test/merged', '/merged'],
    ['http:///target.test/more', '/more'],
    ['HTTP://TARGET.test/upper', '/upper'],
    ['http://t%61rget.test/encoded-host', '/encoded-host'],
    [`${T}:80/default-port`, '/default-port'],
    [`${T}/x#fragment`, '/x'],
    [`${T}#/x`, '/'],
    [`${T}/a%0d%0aX-Injected:%201`, '/a%0d%0aX-Injected:%201'],
    [`${T}/a?x=%0d%0a%0d%0aGET%20/`, '/a?x=%0d%0a%0d%0aGET%20/'],
    [`${T}/%00%09%20`, '/%00%09%20'],
    // As WHATWG URL writes them.
    [`${T}/a\\b`, '/a/b'],
    [`${T}\\@elsewhere.test/`, '/@elsewhere.test/'],
    [`${T}/a/../b/./c`, '/b/c'],
    [`${T}/a/%2e%2e/b`, '/b'],
    [`${T}/..;/b`, '/..;/b'],
    [`${T}/x/http://elsewhere.test/`, '/x/http://elsewhere.test/'],
    [`${T}/@elsewhere.test`, '/@elsewhere.test'],
    [`${T}/?@elsewhere.test`, '/?@elsewhere.test'],
    [`${T}/{}|`, '/%7B%7D|'],
    [`${T}/'!$&*;=:@,~`, "/'!$&*;=:@,~"],
  ])('%s is one request for %s', async (url, path) => {
    expect((await exchange(head(`/forward/${url}`))).status).toBe(200);
    expect(upstreamLines()).toEqual([`GET ${path}`]);
  });

  test.each([
    ['VALIDATION_ERROR', 'http://user:password@target.test/'],
    ['VALIDATION_ERROR', 'http://target.test@elsewhere.test/'],
    ['VALIDATION_ERROR', 'http://@target.test/'],
    ['VALIDATION_ERROR', 'http://target.test%0d%0aX-Injected:1/'],
    ['VALIDATION_ERROR', 'http://target.test:80:80/'],
    ['VALIDATION_ERROR', 'http://target.test:99999/'],
    ['VALIDATION_ERROR', 'http://:80/'],
    ['VALIDATION_ERROR', 'http://'],
    ['VALIDATION_ERROR', ''],
    ['VALIDATION_ERROR', '/target.test/x'],
    ['VALIDATION_ERROR', 'http:target.test/x'],
    ['VALIDATION_ERROR', 'http%3A%2F%2Ftarget.test/x'],
    ['VALIDATION_ERROR', 'ftp://target.test/x'],
    ['VALIDATION_ERROR', 'file:///etc/passwd'],
    ['VALIDATION_ERROR', 'gopher://target.test/'],
    ['VALIDATION_ERROR', 'javascript:alert(1)'],
    ['VALIDATION_ERROR', 'ws://target.test/'],
    ['VALIDATION_ERROR', `${T}/../../../x`],
    ['NO_TARGET', 'http://elsewhere.test/http://target.test/'],
    ['NO_TARGET', 'http://elsewhere.test/?http://target.test/'],
    ['NO_TARGET', 'http://elsewhere.test#@target.test/'],
    ['NO_TARGET', 'http://target.test.elsewhere.test/'],
    ['NO_TARGET', 'http://target.test:81/'],
    ['NO_TARGET', 'https://target.test/'],
    ['NO_TARGET', `${T}/%2e%2e/%2e%2e/x`],
  ])('is refused as %s: %s', async (code, url) => {
    const answer = await exchange(head(`/forward/${url}`));
    expect([answer.status, codeOf(answer)]).toEqual([code === 'NO_TARGET' ? 502 : 422, code]);
    expect(upstreamLines()).toEqual([]);
  });

  test.each([`/FORWARD/${T}/x`, `//forward/${T}/x`, `/forward%2F${T}/x`, `/forward/../${T}/x`, '/forward'])(
    'is none where the path is another one: %s',
    async (path) => {
      const answer = await exchange(head(path));
      expect([answer.status, codeOf(answer)]).toEqual([404, 'NOT_FOUND']);
      expect(upstreamLines()).toEqual([]);
    },
  );

  test('leads nowhere else, however it is written: one request to the target, or a refusal, and always an answer', async () => {
    const paths = [
      ...escapePaths(`127.0.0.1:${canary.port}`),
      ...injectionStrings.map((text) => `/${encodeURIComponent(text.toWellFormed())}`),
    ];
    const answers = await inLanes(paths, (path) => exchange(head(`/forward/${T}${path}`)));
    const strange = answers.flatMap(({ status, text }, index) =>
      [200, 400, 422, 502].includes(status ?? 0) ? [] : [[paths[index], status, text]],
    );
    expect(strange).toEqual([]);
    const granted = answers.filter(({ status }) => status === 200).length;
    expect(granted).toBeGreaterThan(paths.length / 2);
    expect(upstreamLines()).toHaveLength(granted);
    const refused = answers.filter(({ status }) => status === 422 || status === 502);
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['VALIDATION_ERROR', 'NO_TARGET']));
  }, 120_000);
});

describe('headers that contradict the path', () => {
  const elsewhere = '/forward/http://elsewhere.test/x?y=1';

  test.each([
    [[`X-Proxy-Hopper-Target: ${T}`], elsewhere],
    [[`X-Proxy-Hopper-Target: ${T}/base/`], `/base${elsewhere}`],
    [[`X-Proxy-Hopper-Target: ${T}/base/../..`], elsewhere],
    [[`X-Proxy-Hopper-Target: ${T}#fragment`], elsewhere],
    [[`X-Proxy-Hopper-Target: ${T}?`], elsewhere],
    [[`X-Proxy-Hopper-Target: ${T}\\@elsewhere.test`], `/@elsewhere.test${elsewhere}`],
    [
      [`x-proxy-hopper-target:${T}`, 'X-Proxy-Hopper-Tag: a', 'X-Proxy-Hopper-Tag: b', 'X-Proxy-Hopper-Unknown: c'],
      elsewhere,
    ],
  ])('%o: the header wins', async (lines, path) => {
    expect((await exchange(head(elsewhere, lines))).status).toBe(200);
    expect(upstreamLines()).toEqual([`GET ${path}`]);
  });

  test.each([
    [[`X-Proxy-Hopper-Target: ${T}`, 'X-Proxy-Hopper-Target: http://elsewhere.test'], 422],
    [['X-Proxy-Hopper-Target:'], 422],
    [['X-Proxy-Hopper-Target: target.test'], 422],
    [['X-Proxy-Hopper-Target: //target.test'], 422],
    [[`X-Proxy-Hopper-Target: ${T}/?q`], 422],
    [['X-Proxy-Hopper-Target: http://target.test@elsewhere.test'], 422],
    [['X-Proxy-Hopper-Target: ftp://target.test'], 422],
    [['X-Proxy-Hopper-Target: http://elsewhere.test'], 502],
    [['X-Proxy-Hopper-Force-IP: 10.0.0.1:80', 'X-Proxy-Hopper-Force-IP: 10.0.0.2:80'], 502],
    [['X-Proxy-Hopper-Auth: Bearer another'], 401],
  ])('%o: refused', async (lines, status) => {
    expect((await exchange(head(`/forward/${T}/x`, lines))).status).toBe(status);
    expect(upstreamLines()).toEqual([]);
  });

  test('two numbers of retries are none: the target’s counts', async () => {
    const lines = ['X-Proxy-Hopper-Retries: 1', 'X-Proxy-Hopper-Retries: 9'];
    expect((await exchange(head(`/forward/${T}/x`, lines))).status).toBe(200);
    expect(upstreamLines()).toEqual(['GET /x']);
  });
});

describe('bytes on the socket', () => {
  const smuggled = 'GET /forward/http://target.test/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

  test.each([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${smuggled.length}`], smuggled],
    ['a length that is none', ['Content-Length: +5'], 'hello'],
    ['chunks that are like chunked', ['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`],
    ['a blank before the colon', ['Content-Length : 5'], 'hello'],
    ['a bare CR in a value', ['X-Mine: a\rX-Injected: 1'], ''],
    ['a NUL in a value', ['X-Mine: a\0b'], ''],
    ['a line without a colon', ['X-Mine'], ''],
  ])('with %s: one request at most, and nothing smuggled', async (_what, lines, body) => {
    const answer = await exchange(head(`/forward/${T}/x`, lines, 'POST') + body);
    expect([200, 400, 422]).toContain(answer.status);
    const came = upstreamLines();
    expect(came.length).toBeLessThanOrEqual(answer.status === 200 ? 1 : 0);
    expect(came.filter((line) => line !== 'POST /x')).toEqual([]);
  });

  test.each([' ', '\t', '\0', '\x7f', '\x80\xff', '\r', '\n'])(
    '%j inside the path: no part of it is another line',
    async (bytes) => {
      const answer = await exchange(head(`/forward/${T}/a${bytes}b`));
      expect([200, 400]).toContain(answer.status);
      const came = upstreamLines();
      expect(came).toHaveLength(answer.status === 200 ? 1 : 0);
    },
  );

  test('a body that looks like a request is a body; the next request on the connection is one of its own', async () => {
    const first = head(`/forward/${T}/first`, [`Content-Length: ${smuggled.length}`], 'POST').replace(
      'Connection: close\r\n',
      '',
    );
    const answer = await exchange(first + smuggled + head(`/forward/${T}/second`));
    expect(answer.text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(
      arrived().map(({ text }) => [
        text.slice(0, text.indexOf(' HTTP')),
        text.split('\r\n\r\n').slice(1).join('\r\n\r\n'),
      ]),
    ).toEqual([
      [`POST ${T}/first`, smuggled],
      [`GET ${T}/second`, ''],
    ]);
  });

  test('of a long body go upstream as they come, each piece before the next is sent', async () => {
    const piece = 'x'.repeat(100_000);
    const pieces = 20;
    const socket = connect(port, '127.0.0.1');
    const answered = new Promise<string>((resolve) => {
      socket
        .setEncoding('latin1')
        .once('data', resolve)
        .on('error', () => undefined);
    });
    socket.write(head(`/forward/${T}/long`, [`Content-Length: ${pieces * piece.length}`], 'PUT'));
    for (let sent = 1; sent <= pieces; sent += 1) {
      socket.write(piece);
      const came = () => proxy.requests().at(-1)?.bytes ?? 0;
      await expect.poll(came, { timeout: ANSWER_MS }).toBeGreaterThan(sent * piece.length);
    }
    expect(await answered).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
    expect(arrived().map(({ text }) => text.slice(0, text.indexOf(' HTTP')))).toEqual([`PUT ${T}/long`]);
  });

  test('a caller that closes its side after asking is answered', async () => {
    expect((await exchange(head(`/forward/${T}/half`), true)).status).toBe(200);
    expect(upstreamLines()).toEqual(['GET /half']);
  });

  test.each(['TRACE', 'PROPFIND', 'get', 'G=T'])('the method %s: passed as it is, or refused', async (method) => {
    const answer = await exchange(head(`/forward/${T}/method`, [], method));
    expect([200, 400, 405, 422, 501]).toContain(answer.status);
    expect(upstreamLines()).toEqual(answer.status === 200 ? [`${method} /method`] : []);
  });
});
