import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ByteChannel, channelOver, type PlatformSocket } from '../../src/platform/net/connection.ts';
import { Deadline } from '../../src/platform/net/deadline.ts';
import { DialError } from '../../src/platform/net/dial-error.ts';
import { openTls, type TlsConnection } from '../../src/platform/net/tls/open-tls.ts';
import type { TlsConfig } from '../../src/platform/net/tls/rustls.types.ts';
import type { PeerAddress } from './net-peers.ts';

/** Generous: a handshake that hangs fails the test, a slow machine does not. */
const HANDSHAKE_MS = 20_000;

/** A channel over a real socket of Node's, as the dialer's is over the platform's. */
export function channelTo({ host, port }: PeerAddress): { channel: ByteChannel; socket: Socket } {
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.on('error', () => {});
  // The types of Node's streams and of the platform's know nothing of each other; the streams are the same.
  const streams: object = Duplex.toWeb(socket);
  const { readable, writable } = streams as Pick<PlatformSocket, 'readable' | 'writable'>;
  const [opened, closed] = [Promise.resolve(), Promise.resolve()];
  const close = async (): Promise<void> => socket.destroySoon();
  return { channel: channelOver({ readable, writable, opened, closed, close }), socket };
}

/** Opens TLS as the product does, from Node, under a deadline. */
export async function openTlsTo(
  address: PeerAddress,
  config: TlsConfig,
  serverName: string,
  handshakeMs = HANDSHAKE_MS,
): Promise<TlsConnection> {
  const deadline = new Deadline('tls', handshakeMs);
  try {
    return await openTls(channelTo(address).channel, { serverName, config, deadline });
  } finally {
    deadline.clear();
  }
}

/** Everything until the end, which has to be a clean one. */
export async function readAll(connection: TlsConnection): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let piece = await connection.read(); piece; piece = await connection.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Says something and returns the whole answer, both ends closed in order. */
export async function converse(connection: TlsConnection, words: Uint8Array): Promise<Buffer> {
  await connection.write(words);
  const answer = await readAll(connection);
  await connection.finish();
  return answer;
}

/** The code of a `DialError` that ends this work, or the result if it doesn't fail. */
export async function failureCode(work: Promise<unknown>): Promise<string> {
  try {
    return `no failure: ${await work}`;
  } catch (error) {
    return error instanceof DialError ? error.code : String(error);
  }
}
