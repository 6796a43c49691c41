import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { createSelfSignedIdentity } from './certificate.ts';
import { createHttpProxy } from './http-proxy.ts';
import { connectFrom, joinSockets, parseAuthority } from './loopback-target.ts';

/** First byte of a TLS handshake record (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

/** Opens the client's TLS with a certificate of its own, and speaks TLS to the target as if it were the client. */
function intercept(client: Socket, upstream: Socket, host: string): void {
  const inner = new TLSSocket(client, { isServer: true, ...createSelfSignedIdentity(host) });
  const outer = connectTls({ socket: upstream, rejectUnauthorized: false });
  joinSockets(inner, outer);
}

async function serveConnect(incoming: IncomingMessage, client: Socket, head: Buffer, exitAddress: string) {
  try {
    const target = parseAuthority(incoming.url ?? '');
    const upstream = await connectFrom(exitAddress, target);
    upstream.once('error', () => client.destroy());
    client.once('close', () => upstream.destroySoon());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) client.unshift(head);
    client.once('readable', () => {
      const first: Buffer | null = client.read();
      if (first === null) return client.destroy();
      client.unshift(first);
      return first[0] === TLS_HANDSHAKE ? intercept(client, upstream, target.host) : joinSockets(client, upstream);
    });
  } catch {
    client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  }
}

/** A proxy that reads what passes through its tunnels when that is TLS, and is honest otherwise, also where it forwards. */
export function createTlsInterceptingProxy(exitAddress: string, options: { forward?: boolean } = {}): Server {
  const server = createHttpProxy({ exitAddress, forward: options.forward ?? false });
  server.removeAllListeners('connect');
  server.on('connect', (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    void serveConnect(incoming, client, head, exitAddress);
  });
  return server;
}
