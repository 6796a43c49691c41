import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { type Identity, toServerOptions } from './certificates.ts';
import type { PeerAddress } from './net-peers.ts';

export interface TlsPeer extends PeerAddress {
  /** Host names that clients asked for (SNI), `false` or null for none. */
  names: (string | false | null)[];
  close(): Promise<void>;
}

/** What a server does with a connection; `raw` is the TCP beneath, as someone on the way has it. */
export type Serve = (socket: TLSSocket, raw: Socket) => void;

/** Says back what it is told, and says goodbye when its peer does. */
export const echo: Serve = (socket) => {
  socket.pipe(socket);
};

/** Answers the first words it hears, and says goodbye. */
export const answerOnce: Serve = (socket) => {
  socket.once('data', (words) => socket.end(`You said: ${words}`));
};

/** A TLS server of Node (OpenSSL) on loopback. Certificates that no honest server would load are loaded all the same. */
export async function startTlsServer(
  identity: Identity,
  serve: Serve = answerOnce,
  options: TlsOptions = {},
): Promise<TlsPeer> {
  const { ciphers: wanted = 'DEFAULT' } = options;
  // The suites of TLS 1.3 are a list of their own in OpenSSL; the other must not be empty.
  const ciphers = `${wanted}${wanted.startsWith('TLS_') ? ':DEFAULT' : ''}:@SECLEVEL=0`;
  const settings = { ...toServerOptions(identity), minVersion: 'TLSv1.2', ...options, ciphers } as const;
  const names: TlsPeer['names'] = [];
  const rawSockets = new Map<number | undefined, Socket>();
  const server: Server = createServer(settings, (socket) => {
    names.push(socket.servername);
    socket.on('error', () => {});
    const raw = rawSockets.get(socket.remotePort);
    if (raw) serve(socket, raw);
  });
  server.on('connection', (raw: Socket) => {
    const { remotePort } = raw;
    rawSockets.set(remotePort, raw);
    raw.on('error', () => {});
    raw.on('close', () => rawSockets.delete(remotePort));
  });
  // Clients that refuse the certificate end the handshake: that is what they are here for.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    names,
    async close() {
      for (const raw of rawSockets.values()) raw.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
