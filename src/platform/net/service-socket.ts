import type { PlatformSocket } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { platformConnect, platformConnectSecurely } from './dial.ts';
import { DialError } from './dial-error.ts';
import { type AddressPolicy, assertPublicHost, bareHost } from './public-url.ts';

/** TLS from the first byte (RFC 8314), TLS after a command of the service's own protocol, or none at all. */
export const serviceSecurities = ['tls', 'starttls', 'none'] as const;
export type ServiceSecurity = (typeof serviceSecurities)[number];

export interface ServiceAddress {
  hostname: string;
  port: number;
  security: ServiceSecurity;
}

/** A connection to a service itself, not through a proxy. Whoever opens it closes it. */
export interface ServiceSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Starts TLS; both streams must be unlocked, and this socket is of no use any more. Only with `starttls`. */
  startTls(): ServiceSocket;
  /** Never waits, as the platform's `close()` may. */
  close(): void;
}

type StartTls = () => PlatformSocket & { startTls?: StartTls };

function serviceSocket(socket: ReturnType<StartTls>): ServiceSocket {
  socket.closed.catch(() => undefined);
  return {
    readable: socket.readable,
    writable: socket.writable,
    startTls: () => {
      if (!socket.startTls) throw new DialError('tls', 'tls_unavailable');
      return serviceSocket(socket.startTls());
    },
    close: () => void socket.close().catch(() => undefined),
  };
}

/**
 * Opens a connection to a service by its name, once the name was judged. Connects to the name, not to the address that
 * it was judged by: the platform's TLS verifies what it connected to. Rejects with `ADDRESS_NOT_ALLOWED`, or a `DialError`
 * whose code is `tcp_refused` (a failed TLS handshake can't be told from it) or `tcp_timeout`.
 */
export async function openServiceSocket(
  { hostname, port, security }: ServiceAddress,
  policy: AddressPolicy,
  deadline: Deadline,
): Promise<ServiceSocket> {
  await deadline.guard(assertPublicHost(hostname, policy));
  const address = { hostname: bareHost(hostname), port };
  const socket =
    security === 'none'
      ? platformConnect(address)
      : platformConnectSecurely(address, security === 'tls' ? 'on' : 'starttls');
  const opened = serviceSocket(socket);
  try {
    await deadline.guard(
      socket.opened.catch(() => {
        throw new DialError('tcp', 'tcp_refused');
      }),
    );
  } catch (error) {
    opened.close();
    throw error;
  }
  return opened;
}
