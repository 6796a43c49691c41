import { connect } from 'cloudflare:sockets';
import { systemClock } from '../../src/platform/clock.ts';
import { openConnection } from '../../src/platform/net/connection.ts';
import { Deadline } from '../../src/platform/net/deadline.ts';
import { platformTls } from '../../src/platform/net/tls/platform-tls.ts';
import { certificatesOfPem } from '../../src/platform/net/tls/trust-anchors.ts';

// The same visits to a TLS server by the runtime's own TLS and by ours.

export interface VisitRequest {
  how: 'native' | 'rustls';
  port: number;
  count: number;
  /** PEM of the root to trust; the runtime's own TLS was told at its start. */
  root: string;
}

/** Sockets that an invocation may have open at once, by the platform's limits. */
const LANES = 6;
const HOST = 'localhost';
const LIMIT_MS = 30_000;
const WORDS = new TextEncoder().encode('words');

/** Says a word and returns the length of all that is said back. */
async function visitNatively(port: number): Promise<number> {
  const plain = connect({ hostname: '127.0.0.1', port }, { secureTransport: 'starttls', allowHalfOpen: false });
  await plain.opened;
  const socket = plain.startTls({ expectedServerHostname: HOST });
  socket.closed.catch(() => undefined);
  await socket.writable.getWriter().write(WORDS);
  const { byteLength } = await new Response(socket.readable).arrayBuffer();
  socket.close().catch(() => undefined);
  return byteLength;
}

async function visitByRustls(port: number, roots: readonly Uint8Array[]): Promise<number> {
  const deadline = new Deadline('tls', LIMIT_MS);
  try {
    const address = { hostname: '127.0.0.1', port };
    const channel = await openConnection((to) => connect(to, { allowHalfOpen: false }), address, systemClock, deadline);
    const secure = await platformTls(roots)(channel, { serverName: HOST, deadline });
    await secure.write(WORDS, deadline);
    let length = 0;
    for (let piece = await secure.reader.readSome(deadline); piece; piece = await secure.reader.readSome(deadline)) {
      length += piece.byteLength;
    }
    secure.close();
    return length;
  } finally {
    deadline.clear();
  }
}

async function visit({ how, port, count, root }: VisitRequest): Promise<number[]> {
  const roots = certificatesOfPem(root);
  const lengths: number[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      lengths.push(how === 'native' ? await visitNatively(port) : await visitByRustls(port, roots));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return lengths;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const lengths = await visit(await request.json());
    return Response.json({ visits: lengths.length, bytes: lengths.reduce((sum, length) => sum + length, 0) });
  },
};
