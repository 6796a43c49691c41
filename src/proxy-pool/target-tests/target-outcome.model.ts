import type { DialError } from '../../platform/net/dialer.ts';
import type { ProxyProtocol } from '../proxies/proxies.types.ts';

/** What asking a target through one proxy came to. */
export interface TargetOutcome {
  reachable: boolean;
  statusCode: number | null;
  latencyMs: number | null;
  /** For people, one sentence. */
  error: string | null;
}

/** A plain HTTP proxy that can't reach its target says so in its own name, with one of these. */
const GATEWAY_FAILURES: Readonly<Record<number, string>> = {
  502: 'The proxy could not get an answer from the target (HTTP 502).',
  503: 'The proxy could not serve the request, or the target could not (HTTP 503).',
  504: 'The target did not answer the proxy in time (HTTP 504).',
};

/** Reply codes of RFC 1928 §6, from the proxy's point of view. */
const SOCKS5_REPLIES: Readonly<Record<number, string>> = {
  1: 'The proxy failed for a reason that it does not tell.',
  2: 'The proxy does not allow connections to this target.',
  3: "The target's network can not be reached from the proxy.",
  4: 'The target can not be reached from the proxy.',
  5: 'Connection refused by target.',
  6: 'The target did not answer the proxy in time.',
  7: 'The proxy does not open tunnels.',
  8: 'The proxy does not take this kind of address.',
};

function refusedTunnel({ reply }: DialError, protocol: ProxyProtocol): string {
  if (reply === null) return 'The proxy refused to open a tunnel to the target.';
  if (protocol === 'socks5') return SOCKS5_REPLIES[reply] ?? 'The proxy refused to open a tunnel to the target.';
  if (protocol === 'socks4') return 'The proxy could not reach the target, or does not allow it.';
  if (reply === 403) return 'The proxy does not allow connections to this target (HTTP 403).';
  if (reply === 405 || reply === 501) return `The proxy does not open tunnels (HTTP ${reply}).`;
  return GATEWAY_FAILURES[reply] ?? `The proxy refused to open a tunnel to the target (HTTP ${reply}).`;
}

/** A failed dial. Its latency is nobody's: nothing answered. */
export function failedOutcome(error: DialError, protocol: ProxyProtocol): TargetOutcome {
  const words = error.code === 'tunnel_refused' ? refusedTunnel(error, protocol) : error.message;
  return { reachable: false, statusCode: null, latencyMs: null, error: words };
}

/**
 * An answer. Through a tunnel it is the target's, whatever its status. A plain HTTP proxy speaks with one voice for both:
 * its 407 and its gateway errors are taken for its own, and their status is kept.
 */
export function answeredOutcome(statusCode: number, latencyMs: number, isTunnelled: boolean): TargetOutcome {
  const ownFailure =
    statusCode === 407
      ? 'The proxy wants a user name and password, or refused the ones it got.'
      : GATEWAY_FAILURES[statusCode];
  if (!isTunnelled && ownFailure !== undefined) return { reachable: false, statusCode, latencyMs, error: ownFailure };
  return { reachable: true, statusCode, latencyMs, error: null };
}
