import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createDialer, type ProxyEndpoint } from '../../../src/platform/net/dialer.ts';
import { certificatesOfPem } from '../../../src/platform/net/tls/trust-anchors.ts';
import { httpsTunnelChecker } from '../../../src/plugins/checkers/https-tunnel.checker.ts';
import { createJudge } from '../../../src/proxy-pool/judge/judge.service.ts';
import { createRoundJudge } from '../../../src/proxy-pool/judge/round-judge.ts';
import { testBindings } from '../../support/bindings.ts';

const { tls, net } = env.TEST_PEERS;
const dialer = createDialer({ allowPrivateNetworks: true, extraRoots: certificatesOfPem(tls.root) });
const judge = createJudge({ secret: testBindings.JUDGE_SECRET, clock: systemClock, allowPrivateNetworks: true });

/** Long enough for a busy machine. */
const REMAINING_MS = 10_000;
const OTHER_FINGERPRINT = 'AB'.repeat(32);

function portOf(name: string): number {
  const peer = tls.servers[name] ?? net[name];
  if (!peer) throw new Error(`There is no peer called ${name}.`);
  return peer.port;
}

function fingerprintOf(name: string): string {
  return (tls.servers[name]?.fingerprint ?? '').replaceAll(':', '');
}

function proxyOf(name: string, protocol: ProxyEndpoint['protocol']): ProxyEndpoint {
  const { host = '', port = 0 } = net[name] ?? {};
  return { protocol, ip: host, port, username: null, password: null };
}

const connectProxy = proxyOf('connectProxy', 'https');

/** What the stage finds when the judge's TLS side is this server, reached through a real proxy. */
function check(serverName: string, tlsFingerprints: readonly string[] = [], proxy = connectProxy) {
  const judgeTlsUrl = `https://localhost:${portOf(serverName)}/judge`;
  const parts = { judge, judgeUrl: '', judgeTlsUrl, tlsFingerprints, proxyId: crypto.randomUUID(), proxyIp: proxy.ip };
  return httpsTunnelChecker.check({
    proxy,
    dialer,
    judge: createRoundJudge(parts),
    opened: { connection: null },
    remainingMs: () => REMAINING_MS,
  });
}

describe("a tunnel to the judge's TLS side", () => {
  it.each([
    ['untrusted', 'issued by nobody that is trusted'],
    ['selfSigned', 'issued by itself'],
    ['otherName', 'for another name'],
  ])('that shows a certificate of this kind: %s, is intercepted, and its issuer is named', async (name, why) => {
    const finding = await check(name);
    expect(finding).toMatchObject({ passed: false, inconclusive: false, verdict: 'tls_mitm' });
    expect(finding.detail).toMatch(/^tampered: it opens TLS with a certificate of its own issued by CN=/);
    expect(finding.detail).toContain(fingerprintOf(name).slice(0, 16));
    expect(finding.detail).toContain(why);
  });

  it.each(['expired', 'notYetValid'])(
    'that shows an %s certificate is refused; whose it is decides the rest',
    async (name) => {
      expect(await check(name)).toMatchObject({ passed: false, inconclusive: false, verdict: null });
      expect(await check(name, [OTHER_FINGERPRINT])).toMatchObject({ passed: false, verdict: 'tls_mitm' });
      // Our own, which nobody renewed, is no proxy's fault.
      expect(await check(name, [fingerprintOf(name)])).toMatchObject({
        passed: false,
        inconclusive: true,
        verdict: null,
      });
    },
  );

  it("that shows a trusted certificate for the right name which is not the judge's is intercepted", async () => {
    const finding = await check('good', [OTHER_FINGERPRINT]);
    expect(finding).toMatchObject({ passed: false, verdict: 'tls_mitm' });
    expect(finding.detail).toContain("it is trusted, but it is not the judge's");
  });

  it('that offers only TLS of the past is taken for an attempt to weaken it', async () => {
    expect(await check('onlyTls11')).toMatchObject({ passed: false, verdict: 'tls_mitm' });
  });

  it.each(['cutOff', 'cutOff12'])('that is cut off inside an answer is no answer: %s', async (name) => {
    expect(await check(name)).toMatchObject({
      passed: false,
      verdict: null,
      detail: expect.stringContaining('cut off'),
    });
  });

  it('that speaks no TLS at all leads nowhere', async () => {
    expect(await check('answersTooEarly')).toMatchObject({ passed: false, verdict: 'always_200' });
    expect(await check('garbage')).toMatchObject({ passed: false, verdict: 'always_200' });
  });

  it.each([
    ['socks4', 'socks4'],
    ['socks5', 'socks5'],
  ] as const)('is judged alike through %s', async (name, protocol) => {
    expect(await check('untrusted', [], proxyOf(name, protocol))).toMatchObject({ verdict: 'tls_mitm' });
  });

  it('refused for a port other than 443 counts neither way, and says that there was none', async () => {
    const refusing = proxyOf('connectProxyRefusing', 'https');
    expect(await check('good', [], refusing)).toMatchObject({ inconclusive: true, supportsTunnel: null });
    const socks = proxyOf('socks5Refusing', 'socks5');
    expect(await check('good', [], socks)).toMatchObject({ inconclusive: true });
  });

  it('decides for CONNECT proxies alone, and is not asked for where the judge has no TLS side', () => {
    expect(httpsTunnelChecker.isInformative?.(connectProxy)).toBe(false);
    expect(httpsTunnelChecker.isInformative?.(proxyOf('socks5', 'socks5'))).toBe(true);
    const parts = { judge, judgeUrl: '', judgeTlsUrl: '', tlsFingerprints: [], proxyId: '', proxyIp: '' };
    expect(httpsTunnelChecker.applies?.({ proxy: connectProxy, judge: createRoundJudge(parts) })).toBe(false);
  });
});
