import { connect } from 'cloudflare:sockets';
import { systemClock } from '../../src/platform/clock.ts';
import { type ByteChannel, channelOver, openConnection } from '../../src/platform/net/connection.ts';
import { Deadline } from '../../src/platform/net/deadline.ts';
import type { TlsUpgrade } from '../../src/platform/net/dialer.types.ts';
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

/** The runtime's own TLS, as a channel like that of ours. */
async function openNatively(port: number, deadline: Deadline): Promise<ByteChannel> {
  const plain = connect({ hostname: '127.0.0.1', port }, { secureTransport: 'starttls', allowHalfOpen: false });
  await deadline.guard(plain.opened);
  const secure = plain.startTls({ expectedServerHostname: HOST });
  secure.closed.catch(() => undefined);
  return channelOver(secure);
}

async function openByRustls(port: number, deadline: Deadline, upgrade: TlsUpgrade): Promise<ByteChannel> {
  const address = { hostname: '127.0.0.1', port };
  const plain = await openConnection((to) => connect(to, { allowHalfOpen: false }), address, systemClock, deadline);
  return upgrade(plain, { serverName: HOST, deadline });
}

/** Says a word and returns the length of all that is said back. */
async function visitOnce(port: number, upgrade: TlsUpgrade | null): Promise<number> {
  const deadline = new Deadline('tls', LIMIT_MS);
  try {
    const channel = await (upgrade ? openByRustls(port, deadline, upgrade) : openNatively(port, deadline));
    await channel.write(WORDS, deadline);
    let length = 0;
    for (let piece = await channel.reader.readSome(deadline); piece; piece = await channel.reader.readSome(deadline)) {
      length += piece.byteLength;
    }
    channel.close();
    return length;
  } finally {
    deadline.clear();
  }
}

async function visit({ how, port, count, root }: VisitRequest): Promise<number[]> {
  // Once for an invocation, as the dialer does.
  const upgrade = how === 'native' ? null : platformTls(certificatesOfPem(root));
  const lengths: number[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      lengths.push(await visitOnce(port, upgrade));
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
