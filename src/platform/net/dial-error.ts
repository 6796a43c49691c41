/** How far a dial came. Failures are told apart by stage, never by the runtime's words, which are opaque. */
export type DialStage = 'address' | 'tcp' | 'proxy_tls' | 'proxy_handshake' | 'tls' | 'http';

const MESSAGES = {
  address_not_allowed: 'The address is not a public one.',
  address_unsupported: 'The platform can not reach this address (IPv6, or the network that it runs on itself).',
  address_unresolved: 'The host name could not be resolved.',
  port_blocked: 'This port belongs to mail, remote login or name service and is never dialled.',
  target_unsupported: 'This kind of proxy can not be asked for such a target.',
  invalid_request: 'The request holds something that HTTP does not allow.',
  tcp_refused: 'The connection was refused, or nothing is there.',
  tcp_timeout: 'The connection was not accepted in time.',
  proxy_timeout: 'The proxy accepted the connection but did not answer in time.',
  proxy_auth: 'The proxy wants a user name and password, or refused the ones it got.',
  tunnel_refused: 'The proxy refused to open a tunnel to the target.',
  tunnel_protocol: 'The proxy answered with something that is not its protocol.',
  tls_unavailable: 'TLS through a proxy is not available here.',
  tls_timeout: 'The TLS handshake was not finished in time.',
  tls_failed: 'The TLS handshake failed.',
  tls_untrusted: 'The certificate was issued by nobody that is trusted.',
  tls_self_signed: 'The certificate was issued by itself.',
  tls_expired: 'The certificate, or one that it rests on, has expired.',
  tls_not_yet_valid: 'The certificate, or one that it rests on, is not valid yet.',
  tls_wrong_name: 'The certificate is for another name.',
  tls_bad_certificate: 'The certificate breaks the rules for certificates of servers.',
  tls_bad_signature: 'A signature is wrong: the certificate is forged, or not of the one who shows it.',
  tls_tampered: 'What came was changed on its way.',
  tls_incompatible: 'There is no TLS version, cipher or key exchange that both sides accept.',
  tls_protocol: 'What came is not correct TLS.',
  tls_alert: 'The other side ended TLS with an alert.',
  tls_truncated: 'The connection was cut off: what came may not be all of it.',
  http_timeout: 'The answer was not complete in time.',
  http_protocol: 'The answer is not correct HTTP.',
  encoding_unsupported: 'The answer came in an encoding that was not asked for.',
  too_large: 'The answer is larger than allowed.',
  body_timeout: 'The body of the request stood still for too long.',
  reset: 'The connection ended before the answer was complete.',
  cancelled: 'Whoever asked for this has given up.',
} as const;

export type DialErrorCode = keyof typeof MESSAGES;

/** The code of running out of time, by stage. */
export const TIMEOUT_CODES = {
  address: 'address_unresolved',
  tcp: 'tcp_timeout',
  proxy_tls: 'tls_timeout',
  proxy_handshake: 'proxy_timeout',
  tls: 'tls_timeout',
  http: 'http_timeout',
} as const satisfies Record<DialStage, DialErrorCode>;

/**
 * Why a dial failed. `reply` is what the other side said when it refused: an HTTP status, a SOCKS4 code, a SOCKS5 reply or
 * a TLS alert.
 * `tcpMs` and `tunnelMs` tell what had been reached and how long it took, in milliseconds. `peerCertificates` is the chain
 * that TLS refused, DER, leaf first: it names whoever intercepts.
 */
export class DialError extends Error {
  readonly stage: DialStage;
  readonly code: DialErrorCode;
  readonly reply: number | null;
  tcpMs: number | null = null;
  tunnelMs: number | null = null;
  peerCertificates: readonly Uint8Array[] = [];

  constructor(stage: DialStage, code: DialErrorCode, reply: number | null = null) {
    super(MESSAGES[code]);
    this.name = 'DialError';
    this.stage = stage;
    this.code = code;
    this.reply = reply;
  }
}
