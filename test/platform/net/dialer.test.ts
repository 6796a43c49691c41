import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { platformConnect } from '../../../src/platform/net/dial.ts';
import {
  createDialer,
  DialError,
  type DialRequest,
  type ProxyEndpoint,
  type ProxyProtocol,
} from '../../../src/platform/net/dialer.ts';

const dialer = createDialer({ allowPrivateNetworks: true });

/** Short enough to wait for, long enough for a busy machine to answer in. */
const PATIENCE = { tcpMs: 5_000, proxyHandshakeMs: 5_000, httpMs: 5_000, totalMs: 10_000 };
const IMPATIENCE = { tcpMs: 5_000, proxyHandshakeMs: 300, httpMs: 300, totalMs: 10_000 };

function peer(name: string): { host: string; port: number } {
  const address = env.TEST_PEERS.net[name];
  if (!address) throw new Error(`There is no peer called ${name}.`);
  return address;
}

function endpoint(protocol: ProxyProtocol, name: string, login: string | null = null): ProxyEndpoint {
  const [username = null, password = null] = login === null ? [] : login.split('/');
  return { protocol, ip: peer(name).host, port: peer(name).port, username, password };
}

function originUrl(name = 'origin', path = '/path?query=1'): string {
  return `http://${peer(name).host}:${peer(name).port}${path}`;
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  if (!(error instanceof DialError)) return String(error);
  return [error.stage, error.code, error.reply].filter((part) => part !== null).join(' ');
}

interface Echo {
  lines: string[];
  body: string;
}

async function echo(request: DialRequest): Promise<Echo & { status: number }> {
  const { status, body } = await dialer.request({ deadlines: PATIENCE, ...request });
  return { status, ...(JSON.parse(new TextDecoder().decode(body)) as Echo) };
}

const PROXIES: [ProxyProtocol, string, string | null][] = [
  ['https', 'connectProxy', null],
  ['https', 'connectProxyWithPassword', 'user/pass:word'],
  ['https', 'connectProxyDripping', null],
  ['socks4', 'socks4', null],
  ['socks4', 'socks4WithUser', 'user'],
  ['socks4', 'socks4Dripping', null],
  ['socks5', 'socks5', null],
  ['socks5', 'socks5', 'unused/unused'],
  ['socks5', 'socks5WithPassword', 'user/pass:word'],
  ['socks5', 'socks5Dripping', null],
];

describe('a request', () => {
  it('goes straight to its origin with the head that was meant and nothing else', async () => {
    const { status, lines } = await echo({ endpoint: null, url: originUrl(), headers: [['X-Test', 'a b']] });
    expect(status).toBe(200);
    expect(lines).toEqual([
      'GET /path?query=1 HTTP/1.1',
      `Host: 127.0.0.1:${peer('origin').port}`,
      'X-Test: a b',
      'Accept-Encoding: identity',
      'Connection: close',
    ]);
  });

  it('through an http proxy is in absolute-form, with the credentials for the proxy only', async () => {
    const plain = await echo({ endpoint: endpoint('http', 'httpProxy'), url: originUrl() });
    expect(plain.lines.slice(0, 2)).toEqual(['GET /path?query=1 HTTP/1.1', 'Via: 1.1 lab']);
    const withPassword = endpoint('http', 'httpProxyWithPassword', 'user/pass:word');
    expect((await echo({ endpoint: withPassword, url: originUrl() })).lines.join()).not.toMatch(/authorization/i);
  });

  it.each(PROXIES)('reaches the origin untouched through a tunnel: %s, %s, login %s', async (protocol, name, login) => {
    const { lines } = await echo({ endpoint: endpoint(protocol, name, login), url: originUrl() });
    expect(lines[0]).toBe('GET /path?query=1 HTTP/1.1');
    expect(lines.join()).not.toMatch(/via|proxy/i);
  });

  it.each(['connectProxy', 'socks4', 'socks5'])('to a name leaves resolving it to the proxy: %s', async (name) => {
    const protocol = name === 'connectProxy' ? 'https' : (name as ProxyProtocol);
    const url = `http://localhost:${peer('origin').port}/by-name`;
    expect((await echo({ endpoint: endpoint(protocol, name), url })).lines[0]).toBe('GET /by-name HTTP/1.1');
  });

  it('carries a body of a megabyte', async () => {
    const body = new Uint8Array(1024 * 1024).fill(0x62);
    const limits = { maxBodyBytes: 2 * 1024 * 1024 };
    const answer = await echo({
      endpoint: endpoint('socks5', 'socks5'),
      url: originUrl(),
      method: 'POST',
      body,
      limits,
    });
    expect(answer.lines).toContain('Content-Length: 1048576');
    expect(answer.body.length).toBe(1024 * 1024);
  });

  it.each(['origin', 'poursBody', 'gzips'])(
    'that wants only the head of the answer leaves the body of %s',
    async (name) => {
      const request = { endpoint: endpoint('socks5', 'socks5'), url: originUrl(name), headOnly: true };
      const { status, body } = await dialer.request({ ...request, deadlines: PATIENCE });
      expect([status, body.byteLength]).toEqual([200, 0]);
    },
  );

  it('says when each part of it was reached', async () => {
    const { timings } = await dialer.request({ endpoint: endpoint('socks5', 'socks5'), url: originUrl() });
    for (const ms of Object.values(timings)) expect(ms).toBeGreaterThanOrEqual(0);
    expect((await dialer.request({ endpoint: null, url: originUrl() })).timings.tunnelMs).toBeNull();
  });

  it('by HEAD has an answer without body', async () => {
    const { status, body } = await dialer.request({ endpoint: null, url: originUrl(), method: 'HEAD' });
    expect([status, body.byteLength]).toEqual([200, 0]);
  });

  it.each([
    ['answersDripping', 'dripped'],
    ['closesUnannounced', 'until the end'],
    ['keepsOpen', 'kept open'],
    ['answersTooEarly', 'too early'],
  ])('takes the answer of a peer that %s', async (name, text) => {
    const { body } = await dialer.request({ endpoint: null, url: originUrl(name), deadlines: PATIENCE });
    expect(new TextDecoder().decode(body)).toBe(text);
  });

  it.each([
    ['closing', 'http reset'],
    ['resetting', 'http reset'],
    ['closesAfterRequest', 'http reset'],
    ['resetsAfterRequest', 'http reset'],
    ['cutsBody', 'http reset'],
    ['resetsInBody', 'http reset'],
    ['garbage', 'http http_protocol'],
    ['poursBody', 'http too_large'],
    ['poursHeaders', 'http too_large'],
    ['poursExtensions', 'http too_large'],
    ['gzips', 'http encoding_unsupported'],
    ['closedPort', 'tcp tcp_refused'],
  ])('to a peer that does this: %s, fails with "%s"', async (name, failure) => {
    const request = dialer.request({ endpoint: null, url: originUrl(name), deadlines: PATIENCE });
    // A reset right at the start may be seen while still connecting.
    const allowed = name === 'resetting' ? [failure, 'tcp tcp_refused'] : [failure];
    expect(allowed).toContain(await failureOf(request));
  });

  it.each([
    ['silent', 'http http_timeout'],
    ['stopsInBody', 'http http_timeout'],
    ['dripsForever', 'http http_timeout'],
  ])('to a peer that is %s ends by its deadline', async (name, failure) => {
    expect(await failureOf(dialer.request({ endpoint: null, url: originUrl(name), deadlines: IMPATIENCE }))).toBe(
      failure,
    );
  });

  it('never outlasts its total, whatever its stages would allow', async () => {
    const deadlines = { ...PATIENCE, totalMs: 200 };
    expect(await failureOf(dialer.request({ endpoint: null, url: originUrl('silent'), deadlines }))).toBe(
      'http http_timeout',
    );
    const silent = endpoint('socks5', 'silent');
    expect(await failureOf(dialer.request({ endpoint: silent, url: originUrl(), deadlines }))).toBe(
      'proxy_handshake proxy_timeout',
    );
  });

  it('to an https URL says when there is no TLS', async () => {
    const plain = createDialer({ allowPrivateNetworks: true, tls: null });
    const request = plain.request({ endpoint: endpoint('socks5', 'socks5'), url: 'https://example.com/' });
    expect(await failureOf(request)).toBe('tls tls_unavailable');
    const tlsProxy = { ...endpoint('socks5', 'socks5'), tlsServerName: 'proxy.test' };
    expect(await failureOf(plain.request({ endpoint: tlsProxy, url: originUrl() }))).toBe('proxy_tls tls_unavailable');
  });
});

describe('a proxy handshake', () => {
  const target = { hostname: 'example.com', port: 80 };
  const PROTOCOLS: ProxyProtocol[] = ['http', 'https', 'socks4', 'socks5'];

  it.each([
    ['https', 'connectProxyWithPassword', null, 'proxy_auth 407'],
    ['https', 'connectProxyWithPassword', 'user/wrong', 'proxy_auth 407'],
    ['https', 'connectProxyRefusing', null, 'tunnel_refused 503'],
    ['https', 'origin', null, 'no failure'],
    ['socks4', 'socks4WithUser', null, 'proxy_auth 93'],
    ['socks4', 'socks4Refusing', null, 'tunnel_refused 91'],
    ['socks5', 'socks5WithPassword', null, 'proxy_auth 255'],
    ['socks5', 'socks5WithPassword', 'user/wrong', 'proxy_auth 1'],
    ['socks5', 'socks5Refusing', null, 'tunnel_refused 5'],
  ] as const)('of %s with %s, login %s, ends in "%s"', async (protocol, name, login, failure) => {
    const opening = dialer.openTunnel(endpoint(protocol, name, login), target, PATIENCE);
    const prefix = failure === 'no failure' ? '' : 'proxy_handshake ';
    expect(await failureOf(opening.then((tunnel) => tunnel.close()))).toBe(`${prefix}${failure}`);
  });

  it.each(PROTOCOLS)('of %s ends by its deadline when the peer is silent', async (protocol) => {
    const opening = dialer.openTunnel(endpoint(protocol, 'silent'), target, IMPATIENCE);
    expect(await failureOf(opening)).toBe('proxy_handshake proxy_timeout');
  });

  it.each(PROTOCOLS)('of %s is a reset when the peer leaves', async (protocol) => {
    for (const name of ['closing', 'closesAfterRequest', 'resetsAfterRequest']) {
      const opening = dialer.openTunnel(endpoint(protocol, name), target, PATIENCE);
      expect(await failureOf(opening)).toBe('proxy_handshake reset');
    }
  });

  it.each(PROTOCOLS)('of %s calls garbage garbage', async (protocol) => {
    const opening = dialer.openTunnel(endpoint(protocol, 'garbage'), target, PATIENCE);
    expect(await failureOf(opening)).toBe('proxy_handshake tunnel_protocol');
  });

  it.each(['socks4', 'socks5'] as const)('of %s sees through an HTTP server', async (protocol) => {
    const opening = dialer.openTunnel(endpoint(protocol, 'keepsOpen'), target, PATIENCE);
    expect(await failureOf(opening)).toBe('proxy_handshake tunnel_protocol');
  });

  it.each([
    ['https', 'connectProxyCoalescing'],
    ['socks4', 'socks4Coalescing'],
    ['socks5', 'socks5Coalescing'],
  ] as const)('of %s keeps what came with its last byte', async (protocol, name) => {
    const { body } = await dialer.request({
      endpoint: endpoint(protocol, name),
      url: originUrl(),
      deadlines: PATIENCE,
    });
    expect(new TextDecoder().decode(body)).toBe('coalesced');
  });

  it.each([
    ['https', 'connectProxySilentTunnel', 'http http_timeout'],
    ['socks4', 'socks4SilentTunnel', 'http http_timeout'],
    ['socks5', 'socks5SilentTunnel', 'http http_timeout'],
    ['https', 'connectProxyResettingTunnel', 'http reset'],
    ['https', 'connectProxyClosingTunnel', 'http reset'],
    ['socks5', 'socks5ResettingTunnel', 'http reset'],
  ] as const)('of %s is over when the tunnel of %s fails', async (protocol, name, failure) => {
    const deadlines = { ...PATIENCE, httpMs: IMPATIENCE.httpMs };
    const request = dialer.request({ endpoint: endpoint(protocol, name), url: originUrl(), deadlines });
    expect(await failureOf(request)).toBe(failure);
  });
});

describe('a TCP connection', () => {
  it('opens, tells how long it took, and closes more than once', async () => {
    const connection = await dialer.openTcp(endpoint('http', 'silent'), PATIENCE);
    expect(connection.tcpMs).toBeGreaterThanOrEqual(0);
    connection.close();
    connection.close();
  });

  it.each([
    ['http', 'httpProxy'],
    ['https', 'connectProxy'],
    ['socks4', 'socks4'],
    ['socks5', 'socks5'],
  ] as const)(
    'that is there carries a request through a proxy that speaks %s, and is closed then',
    async (protocol, name) => {
      let count = 0;
      const counted = createDialer({
        allowPrivateNetworks: true,
        connect: (address) => {
          count += 1;
          return platformConnect(address);
        },
      });
      const over = await counted.openTcp(endpoint(protocol, name), PATIENCE);
      const request = { endpoint: endpoint(protocol, name), url: originUrl(), deadlines: PATIENCE };
      const { status, timings } = await counted.request({ ...request, over });
      expect([status, count, timings.tcpMs]).toEqual([200, 1, over.tcpMs]);
      expect(timings.totalMs).toBeGreaterThanOrEqual(over.tcpMs);
      await expect(over.reader.readSome(null).catch(() => null)).resolves.toBeNull();
    },
  );

  it('that is there is closed when nothing was sent over it', async () => {
    const over = await dialer.openTcp(endpoint('http', 'silent'), PATIENCE);
    const request = {
      endpoint: endpoint('http', 'silent'),
      url: originUrl(),
      headers: [['X', 'a\r\nb']] as [string, string][],
    };
    expect(await failureOf(dialer.request({ ...request, over }))).toBe('http invalid_request');
    await expect(over.reader.readSome(null).catch(() => null)).resolves.toBeNull();
  });

  it('that nobody accepts is refused, in words of our own', async () => {
    const opening = dialer.openTcp(endpoint('http', 'closedPort'), PATIENCE);
    await expect(opening).rejects.toMatchObject({
      code: 'tcp_refused',
      message: 'The connection was refused, or nothing is there.',
    });
  });

  it('is never opened to addresses and ports that are not allowed', async () => {
    const deployed = createDialer({ allowPrivateNetworks: false });
    const silent = endpoint('http', 'silent');
    expect(await failureOf(deployed.openTcp(silent))).toBe('address address_not_allowed');
    expect(await failureOf(dialer.openTcp({ ...silent, port: 25 }))).toBe('address port_blocked');
    expect(await failureOf(dialer.openTcp({ ...silent, ip: '::1' }))).toBe('address address_unsupported');
    expect(await failureOf(dialer.openTcp({ ...silent, ip: '104.16.0.1' }))).toBe('address address_unsupported');
    expect(await failureOf(deployed.request({ endpoint: null, url: originUrl() }))).toBe('address address_not_allowed');
    expect(await failureOf(deployed.request({ endpoint: null, url: 'http://example.com/' }))).toBe(
      'address address_unresolved',
    );
  });
});
