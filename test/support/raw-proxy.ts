import { createServer, type Server, type Socket } from 'node:net';

/** What came on a connection, as its own bytes say where a request ends (latin1). */
export interface RawRequest {
  connection: number;
  /** The first part of it. */
  text: string;
  bytes: number;
  isComplete: boolean;
}

const MAX_TEXT_CHARACTERS = 20_000;
const DEFAULT_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nseen';

/** The length of the first request in what came; null while it has not all come. */
function lengthOfFirst(text: string): number | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd);
  const bodyStart = headEnd + 4;
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    if (text.startsWith('0\r\n\r\n', bodyStart)) return bodyStart + 5;
    const end = text.indexOf('\r\n0\r\n\r\n', bodyStart);
    return end < 0 ? null : end + 7;
  }
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return text.length < bodyStart + length ? null : bodyStart + length;
}

async function drip(socket: Socket, bytes: Buffer, gapMs: number): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, gapMs));
  }
}

/** Answers as the request's own URL says: `answer` (base64url) is sent as it is, `drip` a byte each so many ms, `keep` left open. */
async function answer(socket: Socket, request: string): Promise<void> {
  const query = new URLSearchParams(/^\S+ [^\s?]*\?(\S*) /.exec(request)?.[1] ?? '');
  const script = query.get('answer');
  const bytes = Buffer.from(script === null ? DEFAULT_ANSWER : Buffer.from(script, 'base64url'));
  const gapMs = Number(query.get('drip') ?? 0);
  if (gapMs > 0) await drip(socket, bytes, gapMs);
  else socket.write(bytes);
  if (script !== null && !query.has('keep')) socket.end();
}

/** A proxy that is asked by absolute-form and asks nobody: it keeps what it was sent, byte by byte. */
export function createRawProxy(): { server: Server; requests: () => RawRequest[] } {
  const complete: RawRequest[] = [];
  const open = new Map<number, string>();
  let connections = 0;
  const toRequest = (connection: number, text: string, isComplete: boolean): RawRequest => ({
    connection,
    text: text.slice(0, MAX_TEXT_CHARACTERS),
    bytes: text.length,
    isComplete,
  });
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    const pieces: string[] = [];
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      pieces.push(data.toString('latin1'));
      let text = pieces.splice(0).join('');
      for (let length = lengthOfFirst(text); length !== null; length = lengthOfFirst(text)) {
        const request = text.slice(0, length);
        complete.push(toRequest(connection, request, true));
        void answer(socket, request);
        text = text.slice(length);
      }
      pieces.push(text);
      if (text === '') open.delete(connection);
      else open.set(connection, text);
    });
  });
  return {
    server,
    requests: () => [...complete, ...Array.from(open, ([connection, text]) => toRequest(connection, text, false))],
  };
}
