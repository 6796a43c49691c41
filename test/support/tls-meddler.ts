import { connect, createServer, type Socket } from 'node:net';
import type { PeerAddress } from './net-peers.ts';

/** Changes what a server sends, given all of it so far; what it returns is what arrives. Null: the connection is cut. */
export type Meddle = (records: Buffer, index: number) => readonly Buffer[] | null;

export interface Meddler extends PeerAddress {
  /** Bytes that the server sent in the connection before this. */
  close(): Promise<void>;
}

const HEADER_BYTES = 5;

/**
 * Someone on the way to a TLS server: passes the client's bytes as they are and hands each record of the server, by its
 * number, to `meddle`.
 */
export async function startMeddler(target: PeerAddress, meddle: Meddle): Promise<Meddler> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    track(client);
    track(upstream);
    client.pipe(upstream);
    client.on('close', () => upstream.destroy());
    let waiting = Buffer.alloc(0);
    let index = 0;
    upstream.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      while (waiting.length >= HEADER_BYTES) {
        const length = HEADER_BYTES + waiting.readUInt16BE(3);
        if (waiting.length < length) return;
        const passed = meddle(Buffer.from(waiting.subarray(0, length)), index);
        waiting = waiting.subarray(length);
        index += 1;
        if (!passed) return void client.end();
        for (const record of passed) client.write(record);
      }
    });
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The meddler has no address.');
  return {
    host: '127.0.0.1',
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
