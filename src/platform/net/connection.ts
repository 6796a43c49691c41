import type { Clock } from '../clock.ts';
import { ByteReader, ConnectionLost, sourceOver } from './byte-reader.ts';
import type { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';

/** What the dialer uses of the platform's socket. */
export interface PlatformSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<unknown>;
  close(): Promise<unknown>;
}

/** Opens a TCP socket; the platform's own one in production, a stand-in with its quirks in tests. */
export type Connect = (address: { hostname: string; port: number }) => PlatformSocket;

/** Bytes both ways. Whoever holds it closes it, once or more often. */
export interface ByteChannel {
  readonly reader: ByteReader;
  /** Rejects with `ConnectionLost` when the peer is gone. No deadline: only for a layer above, whose own user has one. */
  write(bytes: Uint8Array, deadline: Deadline | null): Promise<void>;
  /**
   * Never waits: the platform's `close()` does not settle while a connect hangs, and may reject with nothing. It flushes
   * first: what a peer won't read holds the connection until the invocation ends.
   */
  close(): void;
}

export interface TcpConnection extends ByteChannel {
  /** From the call of `connect()` to `opened`, in milliseconds. */
  readonly tcpMs: number;
}

function ignore(work: Promise<unknown>): void {
  work.catch(() => {});
}

function abandon(socket: PlatformSocket): void {
  try {
    ignore(socket.close());
  } catch {
    // A socket that fails to close is as closed as it gets.
  }
}

/** Opens a connection, or throws `tcp_refused` or `tcp_timeout`. Nothing is written before `opened`: the runtime would queue it. */
export async function openConnection(
  connect: Connect,
  address: { hostname: string; port: number },
  clock: Clock,
  deadline: Deadline,
): Promise<TcpConnection> {
  const startedAtMs = clock.nowMs();
  let socket: PlatformSocket;
  try {
    socket = connect(address);
  } catch {
    throw new DialError('tcp', 'tcp_refused');
  }
  try {
    await deadline.guard(
      socket.opened.catch(() => {
        throw new DialError('tcp', 'tcp_refused');
      }),
    );
  } catch (error) {
    abandon(socket);
    throw error;
  }
  return { tcpMs: clock.nowMs() - startedAtMs, ...channelOver(socket) };
}

/** A channel over a socket that is open. */
export function channelOver(socket: PlatformSocket): ByteChannel {
  const reader = new ByteReader(sourceOver(socket.readable));
  const writer = socket.writable.getWriter();
  let isClosed = false;
  return {
    reader,
    async write(bytes, deadline) {
      const writing = writer.write(bytes).catch(() => {
        throw new ConnectionLost();
      });
      await (deadline ? deadline.guard(writing) : writing);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      // Never `writer.abort()`: after it the runtime holds the connection until the invocation ends, closed or not.
      reader.cancel();
      abandon(socket);
    },
  };
}
