import { X509Certificate } from 'node:crypto';
import { DialError, type DialErrorCode, type DialResponse } from '../../platform/net/dialer.ts';
import { askJudge, refusedPort } from './ask-judge.ts';
import type { CheckContext, CheckFinding, ProxyChecker } from './checker.types.ts';
import { describeExit, failed, failedDial, inconclusive, passed, tampered } from './findings.ts';

/** Refusals of a certificate that the judge can't have shown: somebody between us and it did. */
const FOREIGN_CERTIFICATE: ReadonlySet<DialErrorCode> = new Set([
  'tls_untrusted',
  'tls_self_signed',
  'tls_wrong_name',
  'tls_bad_certificate',
  'tls_bad_signature',
]);
/** The same, unless the judge's own certificate is the one that is out of its time. */
const OUT_OF_TIME: ReadonlySet<DialErrorCode> = new Set(['tls_expired', 'tls_not_yet_valid']);

/** The alert `protocol_version` (RFC 8446 §6.2): the judge speaks every version that we do. */
const ALERT_PROTOCOL_VERSION = 70;

function offersOldTls({ code, reply }: DialError): boolean {
  return code === 'tls_incompatible' || (code === 'tls_alert' && reply === ALERT_PROTOCOL_VERSION);
}

interface Shown {
  /** SHA-256, hex without colons. */
  fingerprint: string;
  issuer: string;
}

/** What is known of a certificate by its DER; null for what is none. */
function readCertificate(der: Uint8Array | undefined): Shown | null {
  if (!der) return null;
  try {
    const { fingerprint256, issuer } = new X509Certificate(der);
    return { fingerprint: fingerprint256.replaceAll(':', ''), issuer: issuer.replaceAll('\n', ', ') };
  } catch {
    return null;
  }
}

function intercepted(shown: Shown | null, why: string): CheckFinding {
  const who = shown === null ? '' : ` issued by ${shown.issuer} (SHA-256 ${shown.fingerprint.slice(0, 16)}…)`;
  return tampered('tls_mitm', `it opens TLS with a certificate of its own${who}: ${why}`);
}

/** What a failure inside the tunnel says of the proxy that carries it. */
function judgeTlsFailure(error: DialError, fingerprints: readonly string[]): CheckFinding {
  const shown = readCertificate(error.peerCertificates[0]);
  const isOurs = shown !== null && fingerprints.includes(shown.fingerprint);
  if (isOurs) return inconclusive(`The judge's own certificate is refused: ${error.message}`);
  if (FOREIGN_CERTIFICATE.has(error.code)) return intercepted(shown, error.message);
  if (OUT_OF_TIME.has(error.code) && fingerprints.length > 0) return intercepted(shown, error.message);
  if (offersOldTls(error)) return tampered('tls_mitm', `it answers for the judge by TLS of the past: ${error.message}`);
  if (error.code === 'tls_tampered') return tampered('body_diff', 'it changes what passes through its tunnels');
  if (error.code === 'tls_protocol') {
    return tampered('always_200', 'it answers by itself inside the tunnel, where the judge speaks TLS');
  }
  return failedDial(error);
}

async function judgeAnswer(response: DialResponse, nonce: string, { judge }: CheckContext): Promise<CheckFinding> {
  const shown = readCertificate(response.tls?.peerCertificates[0]);
  const { tlsFingerprints } = judge;
  if (tlsFingerprints.length > 0 && shown && !tlsFingerprints.includes(shown.fingerprint)) {
    return intercepted(shown, "it is trusted, but it is not the judge's.");
  }
  if (response.status !== 200) return failed(`The judge answered HTTP ${response.status} inside the tunnel.`);
  const reading = await judge.read(response, nonce);
  if (!reading.ok) return tampered(reading.verdict, reading.reason);
  return passed({
    detail: `the judge's certificate arrived intact by ${response.tls?.version}; ${describeExit(reading.evidence)}`,
    latencyMs: response.timings.totalMs,
    evidence: reading.evidence,
    supportsTunnel: true,
  });
}

/**
 * Stage 3: a tunnel to the judge's TLS side, its chain, its name and its fingerprint verified by us. It decides for CONNECT
 * proxies; of others it tells whether they carry tunnels, and keeps out those that intercept them.
 */
export const httpsTunnelChecker: ProxyChecker = {
  name: 'https_tunnel',
  stage: 3,
  priority: 0,
  applies: ({ judge }) => judge.createTlsRequest !== null,
  isInformative: ({ protocol }) => protocol !== 'https',
  async check(context) {
    const { judge } = context;
    if (!judge.createTlsRequest) return inconclusive('The judge has no TLS side.');
    const { url, nonce } = await judge.createTlsRequest();
    try {
      const response = await askJudge(context, url, [['Accept', 'application/json']]);
      return await judgeAnswer(response, nonce, context);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (error.stage === 'tls') return judgeTlsFailure(error, judge.tlsFingerprints);
      const refused = refusedPort(error, url);
      if (refused) return refused;
      // A SOCKS proxy that came here has tunnelled already: what it refuses is the judge's name, or this port.
      const isRefusal = error.code === 'tunnel_refused' || error.code === 'tunnel_protocol';
      return { ...failedDial(error), supportsTunnel: isRefusal && context.proxy.protocol === 'http' ? false : null };
    }
  },
};
