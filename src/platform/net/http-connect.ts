import { ConnectionLost } from './byte-reader.ts';
import type { ByteChannel } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';
import { basicAuthorization, encodeConnectHead } from './http-request.ts';
import { DEFAULT_RESPONSE_LIMITS, ResponseFault, ResponseParser } from './http-response.ts';
import type { Llhttp } from './llhttp/llhttp.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';

/** The value of Proxy-Authorization for an endpoint, or null when it has no user name. */
export function proxyAuthorizationFor(endpoint: ProxyEndpoint): string | null {
  return endpoint.username === null ? null : basicAuthorization(endpoint.username, endpoint.password ?? '');
}

function authorityOf(target: TunnelTarget): string {
  return `${target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname}:${target.port}`;
}

/**
 * Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6). Any 2xx opens it, its Content-Length means nothing, and what came
 * with it belongs to the tunnel. 407 is `proxy_auth`, other answers `tunnel_refused` with the status as `reply`.
 */
export async function connectHandshake(
  channel: ByteChannel,
  endpoint: ProxyEndpoint,
  target: TunnelTarget,
  llhttp: Llhttp,
  deadline: Deadline,
): Promise<void> {
  const stage = 'proxy_handshake';
  await channel.write(encodeConnectHead(authorityOf(target), proxyAuthorizationFor(endpoint)), deadline);
  const parser = new ResponseParser(llhttp, 'CONNECT', DEFAULT_RESPONSE_LIMITS);
  try {
    for (;;) {
      const bytes = await channel.reader.readSome(deadline);
      if (!bytes) throw new ConnectionLost();
      const { done, leftover } = parser.feed(bytes);
      if (!done) continue;
      channel.reader.unread(leftover);
      break;
    }
    const { status } = parser.response();
    if (status === 407) throw new DialError(stage, 'proxy_auth', status);
    if (status < 200 || status > 299) throw new DialError(stage, 'tunnel_refused', status);
  } catch (error) {
    if (!(error instanceof ResponseFault)) throw error;
    throw new DialError(stage, error.fault === 'http_protocol' ? 'tunnel_protocol' : error.fault);
  } finally {
    parser.free();
  }
}
