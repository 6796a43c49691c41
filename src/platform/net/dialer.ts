import { systemClock } from '../clock.ts';
import { createDialerFrom } from './create-dialer.ts';
import { platformConnect } from './dial.ts';
import type { Dialer, DialerOptions } from './dialer.types.ts';
import { platformLlhttp } from './llhttp/llhttp-module.ts';
import { platformTls } from './tls/platform-tls.ts';

export { ByteReader, ConnectionLost } from './byte-reader.ts';
export type { ByteChannel, Connect, PlatformSocket, TcpConnection } from './connection.ts';
export { DEFAULT_DEADLINES, Deadline, type DialDeadlines } from './deadline.ts';
export { DialError, type DialErrorCode, type DialStage } from './dial-error.ts';
export type {
  BodySource,
  Dialer,
  DialerOptions,
  DialRequest,
  DialResponse,
  DialTimings,
  SecureChannel,
  StreamEnd,
  StreamRequest,
  StreamResponse,
  TlsPeer,
  TlsUpgrade,
  Tunnel,
} from './dialer.types.ts';
export type { HeaderList } from './http-request.ts';
export { DEFAULT_RESPONSE_LIMITS, type ResponseLimits } from './http-response.ts';
export { KeptConnections } from './kept-connections.ts';
export type { ProxyEndpoint, ProxyProtocol, TunnelTarget } from './proxy-endpoint.ts';

export interface TlsTrust {
  /** Certificates (DER) that are trusted as roots besides those of Mozilla's bundle. */
  extraRoots?: readonly Uint8Array[];
}

/**
 * The one way out by raw socket: address guard, TCP, proxy handshake, TLS when there is one, HTTP/1.1; with a deadline
 * at each stage and a limit on every byte. Call it inside a handler that ends soon, never in a Durable Object: a connect
 * that hangs is freed only when its invocation ends. TLS is rustls' unless another upgrade is given: the platform's own
 * can take its place here once it sends the server's name.
 */
export function createDialer(options: DialerOptions & TlsTrust): Dialer {
  const { extraRoots, tls = platformTls(extraRoots), ...rest } = options;
  return createDialerFrom({ connect: platformConnect, clock: systemClock, ...rest, tls, llhttp: platformLlhttp() });
}
