import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import {
  createLeaseBookClient,
  leaseBookName,
  MAX_APPLY_ROWS,
} from '../../../src/proxy-pool/leases/lease-book.client.ts';
import { createBookNewsStore } from '../../../src/proxy-pool/proxies/book-news.store.ts';
import { syncBooksJob } from '../../../src/proxy-pool/proxies/books.job.ts';
import { createServices } from '../../../src/services.ts';
import { acquireRequest, freshAccount } from '../leases/support.ts';
import { insertProxies, makePool } from './rows.ts';

const store = createBookNewsStore(createDatabase(env.DB));
const services = createServices(env, configOf(env), () => undefined);
let lastRevision = 1_000;

/** What a check leaves of a proxy that can be leased, with the next revision. */
function leasable(poolNumber: number) {
  lastRevision += 1;
  return { poolNumber, status: 'active' as const, leasable: true, score: 0.9, revision: lastRevision };
}

async function poolWith(count: number) {
  const pool = await makePool();
  const ids = await insertProxies(Array.from({ length: count }, () => leasable(pool.number)));
  return { pool, ids, book: createLeaseBookClient(env.LEASE_BOOK, pool.number) };
}

/** Thousands of leasable proxies in one statement. */
async function insertMany(poolNumber: number, count: number): Promise<void> {
  const first = lastRevision + 1;
  lastRevision += count;
  await env.DB.prepare(
    `WITH RECURSIVE serials (serial) AS (SELECT 0 UNION ALL SELECT serial + 1 FROM serials WHERE serial + 1 < ?2)
     INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, score, first_seen_at, last_seen_at, revision)
     SELECT printf('%08x-0000-7000-8000-%012x', ?1, serial), '10.' || ?1 || '.' || (serial / 250) || '.' || (serial % 250), 1, 'http',
       ?1, 'active', 1, 0.5, 0, 0, ?3 + serial FROM serials`,
  )
    .bind(poolNumber, count, first)
    .run();
}

/** What happens to a book whose storage is lost: it begins with nothing. */
async function loseBook(poolNumber: number): Promise<void> {
  const stub = env.LEASE_BOOK.getByName(leaseBookName(poolNumber));
  await runInDurableObject(stub, async (_instance, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evictDurableObject(stub);
}

const run = () => syncBooksJob.run(services, Date.now());

describe('the books of the pools, each minute', () => {
  it('pull what is past their watermark, once, and say how much it was', async () => {
    await run();
    const { book, ids } = await poolWith(3);
    expect(await run()).toBe('lease books pulled 3 changed proxies');
    expect(await book.stats()).toMatchObject({ leasable: 3, free: 3 });
    expect(await book.watermark()).toBe(lastRevision);
    expect(await run()).toBeNull();
    lastRevision += 1;
    await env.DB.prepare('UPDATE proxies SET leasable = 0, revision = ?2 WHERE id = ?1')
      .bind(ids[0], lastRevision)
      .run();
    expect(await run()).toBe('lease books pulled 1 changed proxies');
    expect(await book.stats()).toMatchObject({ leasable: 2, free: 2 });
  });

  it('make good what a lost delta would have told, and only that', async () => {
    const { pool, book, ids } = await poolWith(2);
    const rows = (await store.rowsOf(ids)).get(pool.number) ?? [];
    await book.apply(rows.slice(1));
    expect(await book.stats()).toMatchObject({ leasable: 1 });
    await run();
    expect(await book.stats()).toMatchObject({ leasable: 2 });
  });

  it('do not let an old page undo newer news', async () => {
    const { pool, book, ids } = await poolWith(1);
    const old = (await store.rowsOf(ids)).get(pool.number) ?? [];
    const [row] = old;
    if (!row) throw new Error('no row');
    await book.apply([{ ...row, leasable: false, revision: row.revision + 1 }]);
    await book.applyPulled({ rows: old, watermark: row.revision });
    expect(await book.stats()).toMatchObject({ leasable: 0 });
  });

  it('hear nothing of proxies that no check ever changed, and only of their own pool', async () => {
    const [mine, other] = [await poolWith(1), await poolWith(1)];
    await insertProxies([{ poolNumber: mine.pool.number, status: 'unchecked', revision: 0 }]);
    expect((await store.changesSince(mine.pool.number, 0, 10)).map(({ id }) => id)).toEqual(mine.ids);
    expect([...(await store.rowsOf([...mine.ids, ...other.ids])).keys()].sort()).toEqual(
      [mine.pool.number, other.pool.number].sort(),
    );
    expect(await store.poolNumbers()).toEqual(expect.arrayContaining([0, mine.pool.number, other.pool.number]));
  });

  it('are paged by revision, so that a page that breaks off loses nothing', async () => {
    const { pool, ids } = await poolWith(5);
    const first = await store.changesSince(pool.number, 0, 2);
    const second = await store.changesSince(pool.number, first.at(-1)?.revision ?? 0, 2);
    const third = await store.changesSince(pool.number, second.at(-1)?.revision ?? 0, 2);
    expect([first.length, second.length, third.length]).toEqual([2, 2, 1]);
    expect([...first, ...second, ...third].map(({ id }) => id)).toEqual(ids);
  });

  it('rebuild a book that was lost, over more than one page', async () => {
    const pool = await makePool();
    const count = MAX_APPLY_ROWS + 250;
    await insertMany(pool.number, count);
    const book = createLeaseBookClient(env.LEASE_BOOK, pool.number);
    await run();
    expect(await book.stats()).toMatchObject({ leasable: count });
    await loseBook(pool.number);
    expect([await book.watermark(), (await book.stats()).leasable]).toEqual([0, 0]);
    expect(await run()).toBe(`lease books pulled ${count} changed proxies`);
    expect(await book.stats()).toMatchObject({ leasable: count, free: count });
  });
});

describe('a proxy that leaves the pool', () => {
  it('stays with who has it until the lease ends, and goes to nobody after', async () => {
    const { pool, book, ids } = await poolWith(1);
    await run();
    const { accountId } = await freshAccount(5);
    const leased = await book.acquire(acquireRequest(accountId));
    if (!leased.ok) throw new Error(leased.code);
    lastRevision += 1;
    await env.DB.prepare('UPDATE proxies SET leasable = 0, revision = ?2 WHERE id = ?1')
      .bind(ids[0], lastRevision)
      .run();
    await run();
    expect(await book.leases(accountId)).toMatchObject({ ok: true, items: [{ leaseId: leased.lease.leaseId }] });
    expect(await book.release({ accountId, leaseId: leased.lease.leaseId })).toMatchObject({ ok: true });
    expect(await book.acquire(acquireRequest(accountId))).toMatchObject({ ok: false, code: 'NO_MATCHING_PROXY' });
    // Late news of the time when it could be leased must not bring it back.
    const late = (await store.rowsOf(ids)).get(pool.number) ?? [];
    await book.apply(late.map((row) => ({ ...row, leasable: true, revision: row.revision - 1 })));
    expect(await book.stats()).toMatchObject({ leasable: 0 });
    lastRevision += 1;
    await env.DB.prepare('UPDATE proxies SET leasable = 1, revision = ?2 WHERE id = ?1')
      .bind(ids[0], lastRevision)
      .run();
    await run();
    expect(await book.acquire(acquireRequest(accountId))).toMatchObject({ ok: true });
  });
});
