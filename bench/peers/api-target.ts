import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

const KIB = Buffer.alloc(1_024, 'x');
const PIECE = Buffer.alloc(64 * 1_024, 'x');

/** So many bytes, no faster than they are taken. */
function pour(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-length': bytes });
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      const piece = left < PIECE.byteLength ? PIECE.subarray(0, left) : PIECE;
      left -= piece.byteLength;
      if (!response.write(piece)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

async function swallow(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const piece of request) bytes += piece.length;
  response.end(JSON.stringify({ bytes }));
}

/** The API behind the gateway: `GET /kib`, `GET /bytes/N`, `POST` of anything. */
export function createApiTarget(): Server {
  return createServer((request, response) => {
    if (request.method === 'POST') return void swallow(request, response).catch(() => response.destroy());
    const [, name, count] = (request.url ?? '').split('/');
    if (name === 'bytes') return pour(response, Number(count));
    return void response.writeHead(200, { 'content-length': KIB.byteLength }).end(KIB);
  });
}
