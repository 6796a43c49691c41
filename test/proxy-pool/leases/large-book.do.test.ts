import {
  createExecutionContext,
  createScheduledController,
  evictDurableObject,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import worker from '../../../src/index.ts';
import { MAX_APPLY_ROWS } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import { MAX_PAGES_PER_TICK } from '../../../src/proxy-pool/proxies/books.job.ts';
import { manyProxiesStatement } from '../../support/many-proxies.ts';
import { acquired, acquireRequest, freshAccount, freshBook } from './support.ts';

const PROXIES = 100_000;
const TICKS = Math.ceil(PROXIES / (MAX_APPLY_ROWS * MAX_PAGES_PER_TICK));
const ACQUIRES_AT_ONCE = 10;

const book = freshBook();

/** The cron of a minute: among others it has each book pull what it does not know. */
async function tick(): Promise<void> {
  const controller = createScheduledController({ scheduledTime: new Date(), cron: '* * * * *' });
  await worker.scheduled(controller, env, createExecutionContext());
}

/** The object loses all that it knows, in storage and in memory. */
async function loseBook(): Promise<void> {
  await runInDurableObject(book.stub(), (_, state) => state.storage.deleteAll());
  await evictDurableObject(book.stub());
}

describe('a book of 100,000 proxies', () => {
  beforeAll(async () => {
    await env.DB.prepare('INSERT INTO pools (number, name, created_at) VALUES (?1, ?2, 0)')
      .bind(book.poolNumber, 'large')
      .run();
    const lot = { count: PROXIES, poolNumber: book.poolNumber, addressBlock: 0, firstRevision: 1 };
    await env.DB.prepare(manyProxiesStatement(lot)).run();
  }, 300_000);

  it('is pulled from the inventory by cron, and starts anew from its own rows', async () => {
    for (let count = 0; count < TICKS; count += 1) await tick();
    expect(await book.client.stats()).toMatchObject({ leasable: PROXIES, free: PROXIES });
    await evictDurableObject(book.stub());
    expect(await book.client.stats()).toMatchObject({ leasable: PROXIES, free: PROXIES });
  }, 300_000);

  it('that is lost comes back from the inventory, and leases what it knows already meanwhile', async () => {
    const { accountId, ledger } = await freshAccount(1_000);
    await loseBook();
    expect(await book.client.stats()).toMatchObject({ leasable: 0 });
    await tick();
    const leased: string[] = [];
    const acquireSome = async () => {
      const leases = await Promise.all(
        Array.from({ length: ACQUIRES_AT_ONCE }, () => acquired(book.client.acquire(acquireRequest(accountId)))),
      );
      leased.push(...leases.map(({ lease }) => lease.proxy.id));
    };
    for (let count = 1; count < TICKS; count += 1) {
      let isPulling = true;
      const pull = tick().finally(() => {
        isPulling = false;
      });
      let served = 0;
      while (isPulling) {
        await acquireSome();
        served += 1;
        if (served >= 5) break;
      }
      await pull;
    }
    expect(new Set(leased).size).toBe(leased.length);
    expect(leased.length).toBeGreaterThanOrEqual((TICKS - 1) * ACQUIRES_AT_ONCE);
    expect(await book.client.stats()).toMatchObject({ leasable: PROXIES, liveLeases: leased.length });
    expect(await ledger.summary()).toMatchObject({ balance: 1_000 - leased.length });
  }, 300_000);
});
