import type { Server, Socket } from 'node:net';

/** A test run opens a few dozen connections at a time. */
export const MAX_PEER_CONNECTIONS = 256;

/** A peer of the tests on a loopback port of its own. Closing it ends the connections that are open, too. */
export async function listenAsPeer(server: Server): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  server.maxConnections = MAX_PEER_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a peer must listen on TCP');
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: bound.port, close };
}
