import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labProxies } from '../../../dev/lab/catalogue.ts';
import type { LabProxy } from '../../../dev/lab/lab-proxy.ts';
import { openLabProxy } from '../../../dev/lab/open-proxy.ts';
import { type OpenServer, openServer } from '../../../dev/lab/tcp-server.ts';
import type { ReportedLeaseView } from '../../../src/proxy-pool/leases/leases.schemas.ts';
import type { ProxyView } from '../../../src/proxy-pool/proxies/proxies.schemas.ts';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.ts';

// Real proxies that are good and then fail, one alone or all at once, checked by the real queue and the real Prober.

/** The mass-failure guard wants 20 that were good, in one batch of the queue. */
const CROWD = 24;
const FAR_MS = 60 * 60 * 1000;
const POLL_MS = 100;
/** A round takes seconds; a machine that does other things too takes longer. */
const WAIT_LIMIT_MS = 150_000;

interface Lease {
  lease_id: string;
  proxy: { id: string; ip: string };
  credits_remaining: number;
}

const [model] = labProxies;
if (model === undefined) throw new Error('the lab is empty');

/** Good proxies by their addresses; the first two are reported, the others fail together. */
const addresses = Array.from({ length: CROWD + 2 }, (_, index) => `127.0.40.${index + 1}`);
const servers = new Map<string, OpenServer>();
let worker: WorkerProcess;
let list: Server;
let receiver: Server;
const heard: { type: string; data: { sweep_started_at: string } }[] = [];
let ids: Map<string, string>;

function proxyAt(address: string, port: number): LabProxy {
  return { ...(model as LabProxy), address, port };
}

async function openAgain(address: string): Promise<void> {
  const port = servers.get(address)?.port ?? 0;
  await servers.get(address)?.close();
  servers.set(address, await openLabProxy(proxyAt(address, port)));
}

/** From now on a proxy takes connections and drops them; `onConnection` hears of each. */
async function breakProxy(address: string, onConnection: () => void): Promise<void> {
  const port = servers.get(address)?.port ?? 0;
  await servers.get(address)?.close();
  const server = createServer((socket) => {
    onConnection();
    socket.destroy();
  });
  servers.set(address, await openServer(server, { address, port }));
}

async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const endsAtMs = Date.now() + WAIT_LIMIT_MS;
  while (!(await isTrue())) {
    if (Date.now() > endsAtMs) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

interface Row {
  id: string;
  round: number;
  status: string;
  leasable: number;
  failed_rounds: number;
}

async function rowsOf(wanted: readonly string[]): Promise<Row[]> {
  const list = JSON.stringify(wanted.map((address) => ids.get(address)));
  const { results } = await worker.database
    .prepare(
      'SELECT id, round, status, leasable, failed_rounds FROM proxies WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id',
    )
    .bind(list)
    .all<Row>();
  return results;
}

/** Makes these due and no others; cron sends them. */
async function makeDue(wanted: readonly string[]): Promise<void> {
  await worker.database
    .prepare('UPDATE proxies SET next_check_at = CASE WHEN id IN (SELECT value FROM json_each(?1)) THEN 0 ELSE ?2 END')
    .bind(JSON.stringify(wanted.map((address) => ids.get(address))), Date.now() + FAR_MS)
    .run();
  await worker.tick();
}

async function acquireAt(address: string): Promise<Lease> {
  const exclude = [...ids].filter(([other]) => other !== address).map(([, id]) => id);
  const { status, body } = await worker.call<Lease>('POST', '/proxies/acquire', { exclude });
  expect(status).toBe(200);
  return body;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  for (const address of addresses) servers.set(address, await openLabProxy(proxyAt(address, 0)));
  worker = await startWorkerProcess({ CHECK_INTERVAL_SECONDS: '3600' });
  list = createHttpServer((_request, answer) => {
    const lines = [...servers].map(([address, { port }]) => `${model.protocol}://${address}:${port}`);
    answer.setHeader('content-type', 'text/plain').end(lines.join('\n'));
  });
  const url = `http://127.0.0.1:${await listen(list)}/list.txt`;
  const source = await worker.call<{ id: string }>('POST', '/sources', { url, default_protocol: 'http' });
  expect((await worker.call('POST', `/sources/${source.body.id}/scrape`)).status).toBe(200);
  const { body } = await worker.call<{ items: ProxyView[] }>('GET', '/proxies?limit=200');
  ids = new Map(body.items.map(({ id, ip }) => [ip, id]));
  expect(ids.size).toBe(addresses.length);
  await until('a good first round', async () => (await rowsOf(addresses)).every(({ leasable }) => leasable === 1));
  receiver = createHttpServer((request, answer) => {
    void text(request).then((body) => {
      heard.push(JSON.parse(body));
      answer.end();
    });
  });
  const notifier = {
    name: 'Test',
    kind: 'webhook',
    settings: { url: `http://127.0.0.1:${await listen(receiver)}/` },
    secret: `whsec_${randomBytes(24).toString('base64')}`,
    events: ['sweep.suspect'],
  };
  expect((await worker.call('POST', '/notifiers', notifier)).status).toBe(201);
  await worker.call('POST', '/admin/accounts/00000000-0000-7000-8000-000000000001/credits', {
    amount: 10,
    description: 'Test',
  });
}, 400_000);

afterAll(async () => {
  await worker?.stop();
  for (const server of servers.values()) await server.close();
  list?.close();
  receiver?.close();
});

describe('a leased proxy that is reported as dead', { timeout: WAIT_LIMIT_MS }, () => {
  const [dying = '', living = ''] = addresses;

  it('is looked at, and goes on when it is alive', async () => {
    const lease = await acquireAt(living);
    const path = `/proxies/acquire/${lease.lease_id}`;
    const [before] = await rowsOf([living]);
    const { status, body } = await worker.call<ReportedLeaseView>('POST', `${path}/report`, { outcome: 'dead' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      lease_id: lease.lease_id,
      outcome: 'dead',
      refunded: false,
      credits_remaining: lease.credits_remaining,
      recheck: 'passed',
    });
    // A round like any other: it is in the history.
    expect((await rowsOf([living]))[0]?.round).toBe((before?.round ?? 0) + 1);
    expect((await worker.call('POST', `${path}/release`)).status).toBe(200);
  });

  it('fails our checks too: taken back, refunded once, out of the pool', async () => {
    const lease = await acquireAt(dying);
    const path = `/proxies/acquire/${lease.lease_id}`;
    await servers.get(dying)?.close();
    const first = await worker.call<ReportedLeaseView>('POST', `${path}/report`, { outcome: 'dead' });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      refunded: true,
      credits_remaining: lease.credits_remaining + 1,
      recheck: 'failed',
    });
    expect((await worker.call('POST', `${path}/report`, { outcome: 'dead' })).body).toEqual(first.body);
    for (const end of [['release'], ['renew', { lease_duration_seconds: 60 }]] as const) {
      const refused = await worker.call<{ error: { code: string } }>('POST', `${path}/${end[0]}`, end[1]);
      expect([refused.status, refused.body.error.code]).toEqual([409, 'LEASE_NOT_ACTIVE']);
    }
    expect(await rowsOf([dying])).toMatchObject([{ leasable: 0, failed_rounds: 2 }]);
    const { body: detail } = await worker.call('GET', `/proxies/${lease.proxy.id}`);
    expect(detail).toMatchObject({
      explanation: { leasable_now: false, reason: { code: 'FAILING' } },
      reports: { ok: 0, dead: 1, blocked: 0 },
      own_reports: [{ lease_id: lease.lease_id, outcome: 'dead', target: null }],
    });
    const { body: credits } = await worker.call<{ recent_transactions: object[] }>('GET', '/account/credits');
    expect(credits.recent_transactions[0]).toMatchObject({
      amount: 1,
      tx_type: 'refund',
      description: expect.stringContaining(lease.lease_id),
    });
  });
});

describe('nearly all that were good failing at once', { timeout: 2 * WAIT_LIMIT_MS }, () => {
  const crowd = addresses.slice(2);

  it('counts for nothing: all stay leasable, one event, and they are checked again', async () => {
    const seen = new Map<string, number>();
    for (const address of crowd) {
      await breakProxy(address, () => {
        seen.set(address, (seen.get(address) ?? 0) + 1);
      });
    }
    const before = await rowsOf(crowd);
    await makeDue(crowd);
    await until('a look at each', () => seen.size === CROWD);
    await until('the event', () => heard.length > 0);
    expect(heard[0]).toMatchObject({ type: 'sweep.suspect', data: { good: CROWD, failed: CROWD } });
    const looks = [...seen.values()].reduce((sum, count) => sum + count, 0);
    // Nobody ticks: the queue brings them again by itself.
    await until('another look', () => [...seen.values()].reduce((sum, count) => sum + count, 0) >= looks + CROWD);
    expect(await rowsOf(crowd)).toEqual(before);
    // The second look may have been in the next minute, which is a sweep of its own.
    const sweeps = heard.map(({ data }) => data.sweep_started_at);
    expect(new Set(sweeps).size).toBe(sweeps.length);
    const stats = await worker.call<{ by_status: { active: number } }>('GET', '/stats/pool');
    expect(stats.body.by_status.active).toBeGreaterThanOrEqual(CROWD);
    const lease = await acquireAt(crowd[0] ?? '');
    expect((await worker.call('POST', `/proxies/acquire/${lease.lease_id}/release`)).status).toBe(200);
  });

  it('is over when they answer again: the next round counts', async () => {
    for (const address of crowd) await openAgain(address);
    const before = await rowsOf(crowd);
    await makeDue(crowd);
    await until('a round that counts', async () =>
      (await rowsOf(crowd)).every(
        ({ round, leasable }, index) => leasable === 1 && round > (before[index]?.round ?? 0),
      ),
    );
    expect(await rowsOf(crowd)).toEqual(before.map((row) => ({ ...row, round: row.round + 1 })));
  });
});
