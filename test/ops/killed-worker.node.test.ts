import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Agent, EventSource, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testBindings } from '../support/bindings.ts';
import { type KillableWorker, startKillableWorker } from '../support/killable-worker.ts';

/** Each is a `kill -9` of workerd and its parent. */
const KILLS = 4;
/** A reader comes back so soon after its stream broke. */
const RECONNECT_MS = 200;
/** From a restart until everything is out: an object's start, a reader's return. */
const RECOVERY_MS = 60_000;

const canKill = process.platform === 'linux';
const authorization = `Bearer ${testBindings.ADMIN_API_KEY}`;
let worker: KillableWorker;

beforeAll(async () => {
  if (canKill) worker = await startKillableWorker({ PUBLIC_FEED: 'false' });
}, 180_000);

afterAll(() => worker?.remove());

async function ask(method: string, path: string, json?: unknown, key = testBindings.ADMIN_API_KEY) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = json === undefined ? null : JSON.stringify(json);
  const response = await fetch(`${worker.url}${path}`, { method, headers, body });
  const text = await response.text();
  return { status: response.status, body: Object(text === '' ? {} : JSON.parse(text)) };
}

async function killAndRestart(): Promise<void> {
  await worker.kill();
  await worker.restart();
}

/** A client of the HTML standard, which comes back by itself and names the last event that it had. */
function openStream(path: string) {
  const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
    return dispatch({ ...options, headers: { ...Object(options.headers), authorization } }, handler);
  });
  const source = new EventSource(`${worker.url}${path}`, { node: { dispatcher, reconnectionTime: RECONNECT_MS } });
  const seen: string[] = [];
  const ids: string[] = [];
  let connections = 0;
  let lagged = 0;
  source.addEventListener('message', ({ data, lastEventId }) => {
    seen.push(JSON.parse(data).line);
    ids.push(lastEventId);
  });
  source.addEventListener('connected', () => {
    connections += 1;
  });
  source.addEventListener('lagged', () => {
    lagged += 1;
  });
  return { seen, ids, connections: () => connections, lagged: () => lagged, close: () => source.close() };
}

/** A WebSocket client with a key in a header, or with what its query says. */
function openSocket(query: string, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const socket = new WebSocket(`${worker.url.replace('http', 'ws')}/ws${query}`, { headers });
  const heard: Record<string, unknown>[] = [];
  socket.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))));
  return { socket, heard, opened: once(socket, 'open'), closed: once(socket, 'close'), failed: once(socket, 'error') };
}

/** Has the next run of retention say a line. */
function expire(answers: number): Promise<void> {
  const statement = (answer: number) =>
    `INSERT INTO idempotent_answers (account_id, idempotency_key, request_hash, status, body, expires_at)
     VALUES ('kills', '${answers}-${answer}', '', 200, '{}', 1)`;
  return worker.sql(Array.from({ length: answers }, (_, answer) => statement(answer)));
}

describe.skipIf(!canKill)('over kills', () => {
  test('a reader of the logs gets each line once and in order, those said around the kills too', async () => {
    const stream = openStream('/api/v1/logs/stream?process=retention');
    await expect.poll(stream.connections, { timeout: RECOVERY_MS }).toBe(1);
    let runs = 0;
    const nextRun = async (): Promise<void> => {
      runs += 1;
      await expire(runs);
      await worker.tick();
    };
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await nextRun();
      await nextRun();
      // This one is under way when the kill comes: its line is kept, or it never was.
      const cut = nextRun().catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, 15 * kill));
      await killAndRestart();
      await cut;
    }
    await nextRun();
    const kept = async (): Promise<string[]> =>
      (await ask('GET', '/api/v1/logs?process=retention&lines=10000')).body.logs.map(
        ({ line }: { line: string }) => line,
      );
    await expect.poll(() => stream.seen.length, { timeout: RECOVERY_MS }).toBe((await kept()).length);
    expect(stream.seen).toEqual(await kept());
    expect(new Set(stream.ids).size).toBe(stream.ids.length);
    expect(stream.seen.length).toBeGreaterThanOrEqual(2 * KILLS + 1);
    expect([stream.connections() > KILLS, stream.lagged()]).toEqual([true, 0]);
    stream.close();
  }, 300_000);

  test('processes stay as they were told to be, and failures in a row are counted on', async () => {
    expect((await ask('POST', '/api/v1/processes/scraper/stop')).status).toBe(200);
    expect((await ask('POST', '/api/v1/processes/validator/restart')).status).toBe(200);
    const processOf = async (name: string) => (await ask('GET', `/api/v1/processes/${name}`)).body;
    const before = await processOf('validator');
    await worker.sql(['ALTER TABLE retention_walks RENAME TO retention_walks_away']);
    for (let run = 0; run < 3; run += 1) await worker.tick();
    await killAndRestart();
    expect(await processOf('scraper')).toMatchObject({ status: 'stopped', uptime_seconds: 0 });
    expect((await ask('POST', '/api/v1/processes/scraper/stop')).body.code).toBe('PROCESS_NOT_RUNNING');
    const { pid, restarts, uptime_seconds: uptimeSeconds } = before;
    const after = await processOf('validator');
    expect(after).toMatchObject({ status: 'running', pid, restarts });
    expect(after.uptime_seconds).toBeGreaterThanOrEqual(uptimeSeconds);
    expect(await processOf('retention')).toMatchObject({
      status: 'running',
      health: 'unhealthy',
      healthcheck: { consecutive_failures: 3 },
    });
    for (let run = 0; run < 2; run += 1) await worker.tick();
    expect(await processOf('retention')).toMatchObject({ status: 'crashed' });
    await killAndRestart();
    expect(await processOf('retention')).toMatchObject({ status: 'crashed', healthcheck: { consecutive_failures: 5 } });
    const errorsLike = async (pattern: string) =>
      (await ask('GET', `/api/v1/logs?process=retention&pattern=${pattern}`)).body.logs.map(
        ({ stream }: { stream: string }) => stream,
      );
    expect(await errorsLike('retention%20failed')).toEqual(Array(5).fill('stderr'));
    expect(await errorsLike('crashed')).toEqual(['stderr']);
    await worker.sql(['ALTER TABLE retention_walks_away RENAME TO retention_walks']);
    expect((await ask('POST', '/api/v1/processes/retention/start')).status).toBe(200);
    await worker.tick();
    expect(await processOf('retention')).toMatchObject({ status: 'running', health: 'healthy' });
    expect((await ask('POST', '/api/v1/processes/scraper/start')).status).toBe(200);
  }, 300_000);

  test('what fell due while a process was stopped is done after its start, each once', async () => {
    const hits: string[] = [];
    const lists: Server = createServer((request, response) => {
      hits.push(request.url ?? '');
      response.end(`203.0.113.${hits.length}:8080\n`);
    });
    await new Promise<void>((resolve) => lists.listen(0, '127.0.0.1', resolve));
    const paths = ['/one.txt', '/two.txt', '/three.txt'];
    expect((await ask('POST', '/api/v1/processes/scraper/stop')).status).toBe(200);
    for (const path of paths) {
      const url = `http://127.0.0.1:${Object(lists.address()).port}${path}`;
      expect((await ask('POST', '/sources', { url, cron_schedule: '0 0 1 1 *' })).status).toBe(201);
    }
    await worker.sql(['UPDATE sources SET next_scrape_at = 1']);
    await worker.tick();
    await killAndRestart();
    await worker.tick();
    expect(hits).toEqual([]);
    expect((await ask('POST', '/api/v1/processes/scraper/start')).status).toBe(200);
    await worker.tick();
    await expect.poll(() => [...hits].sort(), { timeout: RECOVERY_MS }).toEqual([...paths].sort());
    await worker.tick();
    expect(hits).toHaveLength(paths.length);
    lists.close();
  }, 300_000);

  test('a shutdown goes on, and so does what resume brings back', async () => {
    const acquire = () => ask('POST', '/proxies/acquire', { lease_duration_seconds: 1 });
    expect((await ask('POST', '/api/v1/shutdown')).status).toBe(200);
    await killAndRestart();
    expect((await ask('GET', '/api/v1/status')).body.status).toBe('stopping');
    expect((await acquire()).body.error.code).toBe('SHUTDOWN_IN_PROGRESS');
    expect((await ask('POST', '/api/v1/resume')).status).toBe(200);
    await killAndRestart();
    expect((await ask('GET', '/api/v1/status')).body.status).toBe('running');
    expect((await acquire()).body.error.code).toBe('NO_MATCHING_PROXY');
  }, 300_000);

  test('listeners come back and hear again; what they heard is told again, and used tickets and revoked keys stay out', async () => {
    const email = 'listener@example.com';
    const { body: account } = await ask('POST', '/auth/register', { email, display_name: 'L' });
    const key: string = account.api_key.key;
    const { body: second } = await ask('POST', '/auth/keys', { label: 'second' }, key);
    const ticketOf = async (of: string) =>
      `?ticket=${encodeURIComponent((await ask('POST', '/api/ws/ticket', undefined, of)).body.ticket)}`;
    const [used, revoked] = [await ticketOf(key), await ticketOf(second.key)];
    const [own, byTicket] = [openSocket('', key), openSocket(used)];
    await Promise.all([own.opened, byTicket.opened]);
    expect((await ask('DELETE', `/auth/keys/${second.id}`, undefined, key)).status).toBe(204);
    const session = { session_id: 'killed', profile_id: 'p', device: 'desktop' };
    expect((await ask('POST', '/api/sessions/register', session, key)).status).toBe(200);
    const log = (serial: number) =>
      ask('POST', '/api/events', { session_id: 'killed', event_type: 'click', details: { serial } }, key);
    for (let serial = 0; serial < 5; serial += 1) expect((await log(serial)).status).toBe(200);
    const told = (heard: readonly Record<string, unknown>[]) => heard.filter(({ type }) => type !== 'stats_update');
    await expect
      .poll(() => [told(own.heard).length, told(byTicket.heard).length], { timeout: RECOVERY_MS })
      .toEqual([6, 6]);

    const around = Array.from({ length: 20 }, (_, index) => log(100 + index).catch(() => null));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await worker.kill();
    await Promise.all([own.closed, byTicket.closed]);
    await worker.restart();
    const acknowledged = (await Promise.all(around))
      .filter((reply) => reply?.status === 200)
      .map((reply) => reply?.body.event_id);
    const { body: page } = await ask('GET', '/api/events?per_page=200', undefined, key);
    const ids: number[] = page.events.map(({ id }: { id: number }) => id);
    expect(ids).toEqual(expect.arrayContaining(acknowledged));
    expect([page.total, new Set(ids).size]).toEqual([ids.length, ids.length]);

    for (const query of [used, revoked]) await openSocket(query).failed;
    const again = openSocket('?tail=100', key);
    await again.opened;
    await expect
      .poll(() => again.heard.length, { timeout: RECOVERY_MS })
      .toBeGreaterThanOrEqual(told(own.heard).length);
    expect(again.heard.slice(0, told(own.heard).length)).toEqual(told(own.heard));
    expect((await log(200)).status).toBe(200);
    await expect
      .poll(() => again.heard.at(-1), { timeout: RECOVERY_MS })
      .toMatchObject({ type: 'event', data: { details: { serial: 200 } } });
    again.socket.close();
  }, 300_000);
});
