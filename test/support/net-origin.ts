import { createServer, type Server } from 'node:net';

/** Largest request that the origin reads before it gives up. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;

function contentLengthOf(head: string): number {
  return Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
}

/**
 * A small HTTP origin that answers with the request as it came over the wire: JSON of `lines` (request line and headers),
 * `body`, and `peer`. HEAD gets the head only. It closes
 * after each answer; one that `announcesClose` says so, for clients that keep connections. It is written on the socket, so that nothing tidies the request first.
 */
export function createOrigin({ announcesClose = false } = {}): Server {
  return createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.byteLength > MAX_REQUEST_BYTES) return void socket.destroy();
      const text = received.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = text.slice(0, headEnd);
      const body = text.slice(headEnd + 4);
      if (body.length < contentLengthOf(head)) return;
      const lines = head.split('\r\n');
      const answer = JSON.stringify({ lines, body, peer: socket.remoteAddress });
      const answerHead = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(answer)}`;
      const closing = announcesClose ? '\r\nConnection: close' : '';
      socket.end(`${answerHead}${closing}\r\n\r\n${lines[0]?.startsWith('HEAD ') ? '' : answer}`);
    });
  });
}
