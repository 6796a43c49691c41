import { env } from 'cloudflare:workers';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDialer, DialError, type DialRequest, type ProxyEndpoint } from '../../../../src/platform/net/dialer.ts';
import { MAX_TLS_CONFIGS, platformTls } from '../../../../src/platform/net/tls/platform-tls.ts';
import { certificatesOfPem } from '../../../../src/platform/net/tls/trust-anchors.ts';

const { tls, net } = env.TEST_PEERS;
const extraRoots = certificatesOfPem(tls.root);
const dialer = createDialer({ allowPrivateNetworks: true, extraRoots });

function server(name: string) {
  const found = tls.servers[name];
  if (!found) throw new Error(`There is no TLS server called ${name}.`);
  return found;
}

const PROXIES: [string, ProxyEndpoint['protocol'], string][] = [
  ['CONNECT', 'https', 'connectProxy'],
  ['SOCKS4a', 'socks4', 'socks4'],
  ['SOCKS5', 'socks5', 'socks5'],
];

function endpoint(protocol: ProxyEndpoint['protocol'], name: string): ProxyEndpoint {
  const { host = '', port = 0 } = net[name] ?? {};
  return { protocol, ip: host, port, username: null, password: null };
}

function request(name: string, more: Partial<DialRequest> = {}): DialRequest {
  return { endpoint: endpoint('https', 'connectProxy'), url: `https://localhost:${server(name).port}/`, ...more };
}

async function failureOf(work: Promise<unknown>): Promise<DialError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DialError)) throw new Error('It should have failed.', { cause: error });
  return error;
}

function fingerprintOf(der: Uint8Array | undefined): string | null {
  return der ? new X509Certificate(der).fingerprint256 : null;
}

describe('an https request', () => {
  it.each(PROXIES)('goes through %s to a server that proves its name', async (_, protocol, proxy) => {
    const response = await dialer.request(request('good', { endpoint: endpoint(protocol, proxy) }));
    expect(JSON.parse(new TextDecoder().decode(response.body))).toEqual({ name: 'localhost', version: 'TLSv1.3' });
    const [leaf, intermediate, ...others] = response.tls?.peerCertificates ?? [];
    expect(fingerprintOf(leaf)).toBe(server('good').fingerprint);
    expect(fingerprintOf(intermediate)).not.toBeNull();
    expect([response.tls?.version, response.tls?.alpn, others]).toEqual(['TLSv1.3', null, []]);
  });

  it.each([
    ['goodRsa', 'TLSv1.3'],
    ['good12', 'TLSv1.2'],
    ['good12Rsa', 'TLSv1.2'],
    ['onlyP256', 'TLSv1.3'],
    ['onlyP384', 'TLSv1.3'],
    ['onlyP256Tls12', 'TLSv1.2'],
  ])('speaks to %s by %s', async (name, version) => {
    const { body, tls: peer } = await dialer.request(request(name));
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual({ name: 'localhost', version });
    expect(peer?.version).toBe(version);
  });

  it('goes straight to an address that its certificate names, which is no name to send', async () => {
    const url = `https://127.0.0.1:${server('good').port}/`;
    const { body } = await dialer.request({ endpoint: null, url });
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual({ name: false, version: 'TLSv1.3' });
  });

  it('to a plain one has nothing to say of TLS', async () => {
    const { port } = net.origin ?? { port: 0 };
    expect((await dialer.request({ endpoint: null, url: `http://127.0.0.1:${port}/` })).tls).toBeNull();
  });

  it.each([
    ['expired', 'tls_expired'],
    ['notYetValid', 'tls_not_yet_valid'],
    ['otherName', 'tls_wrong_name'],
    ['selfSigned', 'tls_self_signed'],
    ['untrusted', 'tls_untrusted'],
    ['onlyTls11', 'tls_alert'],
    ['onlyCbc', 'tls_alert'],
    ['cutOff', 'tls_truncated'],
    ['cutOff12', 'tls_truncated'],
  ])('through a proxy to a server that is %s ends in %s', async (name, code) => {
    const error = await failureOf(dialer.request(request(name)));
    expect([error.stage, error.code]).toEqual(['tls', code]);
    expect(error.tunnelMs).not.toBeNull();
  });

  it('takes an answer without length for complete when the server said goodbye', async () => {
    const { body } = await dialer.request(request('unannounced'));
    expect(new TextDecoder().decode(body)).toBe('all of it');
  });

  it('names whoever intercepts by the chain that it shows', async () => {
    const error = await failureOf(dialer.request(request('untrusted')));
    expect(fingerprintOf(error.peerCertificates[0])).toBe(server('untrusted').fingerprint);
    expect(error.peerCertificates).toHaveLength(1);
  });

  it('trusts a root of its own only when it was told to', async () => {
    const plain = createDialer({ allowPrivateNetworks: true });
    expect((await failureOf(plain.request(request('good')))).code).toBe('tls_untrusted');
  });

  it.each([
    ['connectProxySilentTunnel', 'tls_timeout'],
    ['connectProxyClosingTunnel', 'reset'],
    ['connectProxyResettingTunnel', 'reset'],
  ])('through %s ends in %s', async (proxy, code) => {
    const deadlines = { tlsMs: 300 };
    const error = await failureOf(dialer.request(request('good', { endpoint: endpoint('https', proxy), deadlines })));
    expect([error.stage, error.code]).toEqual(['tls', code]);
  });

  it('to a server that speaks no TLS says so', async () => {
    const { port } = net.garbage ?? { port: 0 };
    const url = `https://localhost:${port}/`;
    expect((await failureOf(dialer.request(request('good', { url })))).code).toBe('tls_protocol');
  });
});

describe('a proxy that itself speaks TLS', () => {
  const tlsEndpoint = (protocol: ProxyEndpoint['protocol'], name: string): ProxyEndpoint => {
    const { host: ip, port } = server(name);
    return { protocol, ip, port, username: 'user', password: 'pass', tlsServerName: 'localhost' };
  };
  const plainUrl = `http://127.0.0.1:${net.origin?.port}/through-tls`;

  it.each([
    ['http', 'httpProxyOverTls'],
    ['https', 'connectProxyOverTls'],
    ['socks5', 'socks5OverTls'],
  ] as const)('by %s, %s, carries a plain request', async (protocol, name) => {
    const { body, tls: peer, timings } = await dialer.request({ endpoint: tlsEndpoint(protocol, name), url: plainUrl });
    expect(JSON.parse(new TextDecoder().decode(body)).lines[0]).toBe('GET /through-tls HTTP/1.1');
    // That is the target's side; the proxy's own TLS is its own business.
    expect(peer).toBeNull();
    expect(timings.tunnelMs === null).toBe(protocol === 'http');
  });

  it.each([
    ['https', 'connectProxyOverTls'],
    ['socks5', 'socks5OverTls'],
  ] as const)('by %s, %s, carries TLS to the target inside its own', async (protocol, name) => {
    const { body } = await dialer.request(request('good', { endpoint: tlsEndpoint(protocol, name) }));
    expect(JSON.parse(new TextDecoder().decode(body))).toEqual({ name: 'localhost', version: 'TLSv1.3' });
  });

  it('is told no password before it has proved its name', async () => {
    for (const [name, code] of [
      ['untrusted', 'tls_untrusted'],
      ['otherName', 'tls_wrong_name'],
      ['expired', 'tls_expired'],
    ] as const) {
      const error = await failureOf(dialer.request({ endpoint: tlsEndpoint('http', name), url: plainUrl }));
      expect([error.stage, error.code]).toEqual(['proxy_tls', code]);
    }
    const plain = { ...endpoint('https', 'connectProxy'), tlsServerName: 'localhost' };
    const error = await failureOf(dialer.request({ endpoint: plain, url: plainUrl, deadlines: { tlsMs: 2_000 } }));
    expect(error.stage).toBe('proxy_tls');
  });
});

describe('the roots of an isolate', () => {
  it('may be changed more often than sets of them are kept', async () => {
    for (let round = 0; round <= MAX_TLS_CONFIGS; round += 1) {
      const roots = Array.from({ length: round + 1 }, () => extraRoots).flat();
      const changed = createDialer({ allowPrivateNetworks: true, tls: platformTls(roots) });
      expect((await changed.request(request('good'))).status).toBe(200);
    }
    expect((await dialer.request(request('good'))).status).toBe(200);
  });
});
