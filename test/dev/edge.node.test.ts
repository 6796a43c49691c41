import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EDGE_LIMITS, startEdge } from '../../dev/edge.ts';
import type { OpenServer } from '../../dev/lab/tcp-server.ts';
import { MAX_QUEUE_WAIT_SECONDS } from '../../src/routing/configuration/configuration.limits.ts';

/** A Worker that says what it received, echoes bodies, and accepts upgrades. */
const worker = createServer((incoming, answer) => {
  answer.setHeader('x-path', incoming.url ?? '');
  if (incoming.url === '/early') answer.end('before any of the body');
  else if (incoming.method === 'POST') incoming.pipe(answer);
  else answer.end(JSON.stringify(incoming.headers));
});
worker.on('upgrade', (incoming: IncomingMessage, socket) => {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`);
  socket.write(`hello ${incoming.headers['cf-connecting-ip']}`);
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});

let edge: OpenServer;

beforeAll(async () => {
  worker.listen(0, '127.0.0.1');
  await once(worker, 'listening');
  edge = await startEdge({ port: 0, workerPort: (worker.address() as AddressInfo).port });
});

afterAll(async () => {
  await edge.close();
  worker.closeAllConnections();
  worker.close();
});

async function call(path: string, options: { headers?: Record<string, string>; body?: string; from?: string } = {}) {
  const outgoing = request({
    host: edge.address,
    port: edge.port,
    path,
    method: options.body === undefined ? 'GET' : 'POST',
    localAddress: options.from ?? '127.0.0.1',
    headers: options.headers ?? {},
    agent: false,
  });
  outgoing.end(options.body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode, headers: incoming.headers, body: await text(incoming) };
}

describe('the stand-in for the edge', () => {
  test("names the caller's own address whatever the caller claims", async () => {
    const headers = { 'CF-Connecting-IP': '1.2.3.4', 'X-Forwarded-For': '5.6.7.8', 'X-Other': 'kept' };
    const seen = JSON.parse((await call('/', { headers, from: '127.0.10.99' })).body);
    expect(seen).toMatchObject({
      'cf-connecting-ip': '127.0.10.99',
      'x-forwarded-for': '5.6.7.8, 127.0.10.99',
      'x-other': 'kept',
      'cf-visitor': '{"scheme":"http"}',
      'x-forwarded-proto': 'http',
      host: `127.0.0.1:${edge.port}`,
    });
  });

  test('passes path, query and body through', async () => {
    const answer = await call('/a%20b?c=d', { body: 'x'.repeat(100_000) });
    expect(answer.headers['x-path']).toBe('/a%20b?c=d');
    expect(answer.body).toBe('x'.repeat(100_000));
  });

  test('tells the Worker of a request before any of its body has come', async () => {
    const socket = connect(edge.port, edge.address);
    socket.write('POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.includes('before any of the body')) break;
    }
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('has room for hundreds of connections, and patience for whoever waits in line for an IP', async () => {
    const sockets = Array.from({ length: 300 }, () => connect(edge.port, edge.address));
    const answers = sockets.map(async (socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const [first] = (await once(socket, 'data')) as [Buffer];
      return String(first).slice(0, 12);
    });
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['HTTP/1.1 200']));
    for (const socket of sockets) socket.destroy();
    // A minute more: for the request itself.
    expect(EDGE_LIMITS.idleMs).toBeGreaterThanOrEqual((MAX_QUEUE_WAIT_SECONDS + 60) * 1_000);
  });

  test("keeps the platform's own paths to itself, so that nobody triggers a cron from outside", async () => {
    expect((await call('/cdn-cgi/handler/scheduled')).status).toBe(404);
  });

  test('passes a WebSocket upgrade through, both ways', async () => {
    const socket = connect(edge.port, edge.address);
    socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.endsWith('hello 127.0.0.1')) socket.write('ping');
      if (received.endsWith('ping')) break;
    }
    expect(received).toMatch(/^HTTP\/1\.1 101 /);
  });

  test('answers 502 while the Worker is not up', async () => {
    const lonely = await startEdge({ port: 0, workerPort: 1 });
    const answer = await fetch(`http://127.0.0.1:${lonely.port}/`);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toBe('The Worker is not up.\n');
    await lonely.close();
  });
});
