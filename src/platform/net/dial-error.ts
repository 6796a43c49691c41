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
  http_timeout: 'The answer was not complete in time.',
  http_protocol: 'The answer is not correct HTTP.',
  encoding_unsupported: 'The answer came in an encoding that was not asked for.',
  too_large: 'The answer is larger than allowed.',
  reset: 'The connection ended before the answer was complete.',
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
 * Why a dial failed. `reply` is what the proxy said when it refused: an HTTP status, a SOCKS4 code or a SOCKS5 reply.
 * `tcpMs` and `tunnelMs` tell what had been reached and how long it took, in milliseconds.
 */
export class DialError extends Error {
  readonly stage: DialStage;
  readonly code: DialErrorCode;
  readonly reply: number | null;
  tcpMs: number | null = null;
  tunnelMs: number | null = null;

  constructor(stage: DialStage, code: DialErrorCode, reply: number | null = null) {
    super(MESSAGES[code]);
    this.name = 'DialError';
    this.stage = stage;
    this.code = code;
    this.reply = reply;
  }
}
