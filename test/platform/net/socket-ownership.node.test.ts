import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { expect, test } from 'vitest';

/** Keeps a socket beyond the request that opened it, as a pool of connections would. */
const SCRIPT = `
import { connect } from 'cloudflare:sockets';
let kept = null;
async function exchange({ writer, reader }, text) {
  await writer.write(new TextEncoder().encode(text));
  return new TextDecoder().decode((await reader.read()).value);
}
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      if (pathname === '/open') {
        const socket = connect({ hostname: '127.0.0.1', port: Number(searchParams.get('port')) });
        kept = { writer: socket.writable.getWriter(), reader: socket.readable.getReader() };
        return new Response(await exchange(kept, 'first') + await exchange(kept, 'second'));
      }
      return new Response(await exchange(kept, 'third'));
    } catch (error) {
      return new Response(String(error));
    }
  },
};`;

// Why forwards don't share connections: the runtime does not let them. Within one it is up to us.
test('a socket serves the invocation that opened it as often as it likes, and no other', async () => {
  let connections = 0;
  const echo = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { port } = echo.address() as AddressInfo;
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: 'ESModule', path: 'worker.js', contents: SCRIPT }],
      compatibilityDate: '2026-10-23',
      log: new NoOpLog(),
    }),
  );
  try {
    const textAt = async (path: string) => (await runtime.dispatchFetch(`http://worker.test${path}`)).text();
    expect(await textAt(`/open?port=${port}`)).toBe('firstsecond');
    expect(await textAt('/again')).toMatch(/Cannot perform I\/O on behalf of a different request/);
    expect(connections).toBe(1);
  } finally {
    await runtime.dispose();
    echo.close();
  }
}, 60_000);
