import type { Server, Socket } from 'node:net';

export interface ServerLimits {
  maxConnections: number;
  /** How long a connection may be quiet, both ways. */
  idleMs: number;
}

/**
 * A proxy serves one checker and a few people: more at once is a loop or a flood. Nothing in the lab may hang for longer:
 * every deadline of the product is shorter.
 */
const LAB_LIMITS: ServerLimits = { maxConnections: 128, idleMs: 60_000 };

/** A listening server that can be ended at once. */
export interface OpenServer {
  address: string;
  port: number;
  /** Destroys its connections; new ones are taken. */
  dropConnections(): void;
  /** Closes the server and destroys its connections. */
  close(): Promise<void>;
}

/** The lab can't have this address or port; the message says what to do about it. */
export class LabAddressError extends Error {
  override name = 'LabAddressError';
}

function explain(error: NodeJS.ErrnoException, address: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new LabAddressError(
      `${address}:${port} is taken: another lab may be running. Stop it, or choose other ports: ` +
        'npm start -- --lab-port 28000, npm run lab -- --base-port 28000 --source-list-port 28000',
    );
  }
  if (error.code === 'EADDRNOTAVAIL') {
    return new LabAddressError(
      `This machine has no address ${address}. Linux answers on all of 127.0.0.0/8; elsewhere (macOS) add the lab's addresses first:\n` +
        '  for n in $(seq 1 99); do sudo ifconfig lo0 alias 127.0.10.$n up; done',
    );
  }
  return error;
}

/** Makes `server` listen; port 0 takes a free one. Throws LabAddressError when the address or the port can't be had. */
export async function openServer(
  server: Server,
  at: { address: string; port: number },
  { maxConnections, idleMs }: ServerLimits = LAB_LIMITS,
): Promise<OpenServer> {
  const sockets = new Set<Socket>();
  server.maxConnections = maxConnections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, at.address, at.port)));
    server.listen(at.port, at.address, () => resolve());
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('A lab server must listen on TCP.');
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: at.address,
    port: bound.port,
    dropConnections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        dropConnections();
      }),
  };
}

/** A port on `address` where nobody listens: it was free a moment ago. */
export async function closedPort(server: Server, at: { address: string; port: number }): Promise<OpenServer> {
  const opened = await openServer(server, at);
  await opened.close();
  return { ...opened, close: () => Promise.resolve() };
}
