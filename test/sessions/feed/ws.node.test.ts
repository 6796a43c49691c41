import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';

let worker: WorkerProcess;

beforeAll(async () => {
  worker = await startWorkerProcess({ JUDGE_URL: '', PUBLIC_FEED: 'true' });
}, 120_000);

afterAll(() => worker?.stop());

const webSocketUrl = (query: string) => `${worker.baseUrl.replace('http', 'ws')}/ws${query}`;

async function ticket(): Promise<string> {
  const { status, body } = await worker.call<{ ticket: string }>('POST', '/api/ws/ticket');
  expect(status).toBe(200);
  return encodeURIComponent(body.ticket);
}

it('a client like that of the reference, and one with a ticket, hear through the edge what a session does', async () => {
  const messages: Record<string, { type: string; data: unknown }[]> = { public: [], own: [] };
  const sockets = Object.entries({ public: '', own: `?ticket=${await ticket()}` }).map(([name, query]) => {
    const socket = new WebSocket(webSocketUrl(query));
    socket.addEventListener('message', ({ data }) => void messages[name]?.push(JSON.parse(String(data))));
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  const session = { session_id: 'my-session-123', profile_id: 'profile_1', device: 'desktop', proxy: '1.2.3.4:12321' };
  expect((await worker.call('POST', '/api/sessions/register', session)).status).toBe(200);
  const end = { session_id: 'my-session-123', success: true, duration: 15, error: null };
  expect((await worker.call('POST', '/api/sessions/end', end)).status).toBe(200);
  await vi.waitFor(() => {
    for (const heard of Object.values(messages)) {
      const types = new Set(heard.map(({ type }) => type));
      expect([...types].sort()).toEqual(['session_end', 'session_start', 'stats_update']);
    }
  }, 10_000);
  sockets[0]?.send('ping');
  await vi.waitFor(() => expect(messages.public?.at(-1)).toEqual({ type: 'pong', data: 'ping' }), 10_000);
  for (const socket of sockets) socket.close();
  const goodbyes = await Promise.all(sockets.map((socket) => once(socket, 'close')));
  // Answered, not given up after the client's own ten seconds.
  for (const [goodbye] of goodbyes) expect(goodbye).toMatchObject({ wasClean: true });
}, 60_000);

it('a ticket that was used lets no client in', async () => {
  const query = `?ticket=${await ticket()}`;
  const first = new WebSocket(webSocketUrl(query));
  await once(first, 'open');
  const second = new WebSocket(webSocketUrl(query));
  await once(second, 'error');
  expect(second.readyState).toBe(WebSocket.CLOSED);
  first.close();
}, 60_000);
