import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createPoolsCache, createPoolsService, POOLS_CACHE_MS } from '../../../src/proxy-pool/pools/pools.service.ts';
import { createPoolsStore } from '../../../src/proxy-pool/pools/pools.store.ts';
import { MAX_POOLS } from '../../../src/proxy-pool/pools/pools.types.ts';

/** The service as one isolate has it: a cache of its own over the shared database. */
function isolate() {
  const clock = { ms: Date.now(), nowMs: () => clock.ms };
  let reads = 0;
  const store = createPoolsStore(createDatabase(env.DB));
  const counted = {
    ...store,
    list: () => {
      reads += 1;
      return store.list();
    },
  };
  return { pools: createPoolsService({ store: counted, clock, cache: createPoolsCache() }), clock, reads: () => reads };
}

const uniqueName = () => `pool-${crypto.randomUUID().slice(0, 8)}`;

describe('pools', () => {
  it('begin with the default one, which is number 0', async () => {
    const { pools } = isolate();
    expect([await pools.numberOf('default'), await pools.nameOf(0)]).toEqual([0, 'default']);
    expect([await pools.numberOf('nobody-made-this'), await pools.nameOf(4_000)]).toEqual([null, null]);
  });

  it('are made once for a name, under consecutive numbers', async () => {
    const { pools } = isolate();
    const [left, right] = [uniqueName(), uniqueName()];
    const first = await pools.ensurePool(left);
    expect(await pools.ensurePool(left)).toBe(first);
    expect(await pools.ensurePool(right)).toBe(first + 1);
    expect([await pools.nameOf(first), await pools.numberOf(right)]).toEqual([left, first + 1]);
  });

  it('are made once even by many isolates at the same time', async () => {
    const names = [uniqueName(), uniqueName(), uniqueName()];
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) => isolate().pools.ensurePool(names[index % 3] ?? '')),
    );
    expect(new Set(made).size).toBe(3);
    for (const [index, number] of made.entries()) expect(number).toBe(made[index % 3]);
  });

  it('are read from the database once in 30 s; one that another isolate made is found by its number at once', async () => {
    const { pools, clock, reads } = isolate();
    await pools.listPools();
    const name = uniqueName();
    const number = await isolate().pools.ensurePool(name);
    expect(await pools.numberOf(name)).toBeNull();
    expect(reads()).toBe(1);
    clock.ms += POOLS_CACHE_MS + 1;
    expect(await pools.numberOf(name)).toBe(number);
    const newest = uniqueName();
    const newestNumber = await isolate().pools.ensurePool(newest);
    expect(await pools.nameOf(newestNumber)).toBe(newest);
  });

  it('are refused when every number of a lease id is taken', async () => {
    const { pools } = isolate();
    await env.DB.prepare("INSERT INTO pools (number, name, created_at) VALUES (?1, 'the-last', 0)")
      .bind(MAX_POOLS - 1)
      .run();
    const name = uniqueName();
    await expect(pools.ensurePool(name)).rejects.toMatchObject({ code: 'TOO_MANY_POOLS' });
    expect(await isolate().pools.numberOf(name)).toBeNull();
    expect(await pools.ensurePool('the-last')).toBe(MAX_POOLS - 1);
  });
});
