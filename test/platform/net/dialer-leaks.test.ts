import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDialer, DialError, type ProxyEndpoint, type ProxyProtocol } from '../../../src/platform/net/dialer.ts';
import { certificatesOfPem } from '../../../src/platform/net/tls/trust-anchors.ts';

/** Dials in all; the full number is what the project promises. */
const DIALS = env.TEST_FULL_RUNS === '1' ? 10_000 : 1_500;
/** At once: many times the platform's six, which a local run does not enforce. */
const AT_ONCE = 40;
const IMPATIENCE = { tcpMs: 2_000, proxyHandshakeMs: 40, tlsMs: 40, httpMs: 40, totalMs: 4_000 };
const CLOSING_LIMIT_MS = 10_000;

const { tls } = env.TEST_PEERS;
const dialer = createDialer({ allowPrivateNetworks: true, extraRoots: certificatesOfPem(tls.root) });

function peer(name: string): { host: string; port: number } {
  const address = env.TEST_PEERS.countedNet[name];
  if (!address) throw new Error(`There is no peer called ${name}.`);
  return address;
}

function endpoint(protocol: ProxyProtocol, name: string, username: string | null = null): ProxyEndpoint {
  return { protocol, ip: peer(name).host, port: peer(name).port, username, password: username };
}

function originUrl(name = 'origin'): string {
  return `http://${peer(name).host}:${peer(name).port}/`;
}

/** `held` counts what this side has open still. */
async function census(): Promise<{ accepted: number; held: number }> {
  return (await fetch(originUrl('census'))).json();
}

const TLS_SERVERS = ['good', 'good12', 'cutOff', 'untrusted', 'onlyTls11'];

const DIRECT = [
  'origin',
  'silent',
  'closing',
  'resetting',
  'closesAfterRequest',
  'resetsAfterRequest',
  'garbage',
  'answersDripping',
  'dripsForever',
  'poursBody',
  'poursHeaders',
  'poursExtensions',
  'cutsBody',
  'resetsInBody',
  'stopsInBody',
  'closesUnannounced',
  'gzips',
  'keepsOpen',
  'answersTooEarly',
  'closedPort',
];

const THROUGH: [ProxyProtocol, string, string | null][] = [
  ['http', 'httpProxy', null],
  ['http', 'httpProxyWithPassword', 'wrong'],
  ['http', 'silent', null],
  ['http', 'garbage', null],
  ['https', 'connectProxy', null],
  ['https', 'connectProxyWithPassword', 'wrong'],
  ['https', 'connectProxyCoalescing', null],
  ['https', 'connectProxySilentTunnel', null],
  ['https', 'connectProxyResettingTunnel', null],
  ['https', 'connectProxyClosingTunnel', null],
  ['https', 'connectProxyRefusing', null],
  ['https', 'silent', null],
  ['https', 'poursHeaders', null],
  ['https', 'closedPort', null],
  ['socks4', 'socks4', null],
  ['socks4', 'socks4SilentTunnel', null],
  ['socks4', 'socks4Refusing', null],
  ['socks4', 'garbage', null],
  ['socks4', 'resetting', null],
  ['socks5', 'socks5', null],
  ['socks5', 'socks5WithPassword', 'wrong'],
  ['socks5', 'socks5SilentTunnel', null],
  ['socks5', 'socks5ResettingTunnel', null],
  ['socks5', 'socks5Refusing', null],
  ['socks5', 'silent', null],
  ['socks5', 'closing', null],
];

/** Every way in which a dial can go, once: the good ones, and each failure at each stage. */
const WAYS: (() => Promise<unknown>)[] = [
  ...DIRECT.map((name) => () => dialer.request({ endpoint: null, url: originUrl(name), deadlines: IMPATIENCE })),
  ...THROUGH.map(([protocol, name, login]) => () => {
    return dialer.request({ endpoint: endpoint(protocol, name, login), url: originUrl(), deadlines: IMPATIENCE });
  }),
  // Only the head is wanted; the rest is still on its way when the dial is over.
  () => dialer.request({ endpoint: null, url: originUrl('poursBody'), headOnly: true, deadlines: IMPATIENCE }),
  ...TLS_SERVERS.map((name) => () => {
    const url = `https://localhost:${tls.servers[name]?.port}/`;
    // Many handshakes at once, and servers on the same machine: time enough to end as they should.
    const deadlines = { ...IMPATIENCE, tlsMs: 2_000, httpMs: 2_000 };
    return dialer.request({ endpoint: endpoint('https', 'connectProxy'), url, deadlines });
  }),
  ...['connectProxySilentTunnel', 'connectProxyClosingTunnel'].map((name) => () => {
    const url = 'https://localhost/';
    return dialer.request({ endpoint: endpoint('https', name), url, deadlines: IMPATIENCE });
  }),
  () => {
    const url = `https://127.0.0.1:${peer('garbage').port}/`;
    return dialer.request({ endpoint: null, url, deadlines: IMPATIENCE });
  },
  () => dialer.request({ endpoint: null, url: originUrl(), headers: [['X', 'a\r\nb']], deadlines: IMPATIENCE }),
  ...(['httpProxy', 'silent', 'garbage', 'resetting'] as const).map((name) => async () => {
    const over = await dialer.openTcp(endpoint('http', name), IMPATIENCE);
    return dialer.request({ endpoint: endpoint('http', name), over, url: originUrl(), deadlines: IMPATIENCE });
  }),
  // Whoever asks for a channel closes it.
  async () => (await dialer.openTcp(endpoint('http', 'silent'), IMPATIENCE)).close(),
  async () => {
    const target = { hostname: '127.0.0.1', port: peer('origin').port };
    (await dialer.openTunnel(endpoint('socks5', 'socks5'), target, IMPATIENCE)).close();
  },
];

describe(`${DIALS} dials with every success and every failure`, () => {
  it('leave no connection open, as the kernel counts them', async () => {
    const failures = new Set<string>();
    let next = 0;
    let answers = 0;
    const dialOn = async (): Promise<void> => {
      while (next < DIALS) {
        const dial = WAYS[next % WAYS.length];
        next += 1;
        try {
          await dial?.();
          answers += 1;
        } catch (error) {
          if (!(error instanceof DialError)) throw error;
          failures.add(`${error.stage} ${error.code}`);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, dialOn));
    const endsAtMs = Date.now() + CLOSING_LIMIT_MS;
    let { accepted, held } = await census();
    while (held > 0 && Date.now() < endsAtMs) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ accepted, held } = await census());
    }
    expect(held).toBe(0);
    // Nearly all of them did connect, and they ended in all the ways that there are.
    expect(accepted).toBeGreaterThan(DIALS * 0.8);
    expect(answers).toBeGreaterThan(DIALS / 10);
    for (const failure of [
      'tcp tcp_refused',
      'proxy_handshake proxy_timeout',
      'proxy_handshake proxy_auth',
      'proxy_handshake tunnel_refused',
      'proxy_handshake tunnel_protocol',
      'proxy_handshake too_large',
      'proxy_handshake reset',
      'tls tls_untrusted',
      'tls tls_alert',
      'tls tls_protocol',
      'tls tls_timeout',
      'tls tls_truncated',
      'tls reset',
      'http http_timeout',
      'http http_protocol',
      'http encoding_unsupported',
      'http too_large',
      'http reset',
      'http invalid_request',
    ]) {
      expect(failures).toContain(failure);
    }
  }, 300_000);
});
