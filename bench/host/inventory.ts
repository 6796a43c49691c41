import { type ManyProxies, manyProxiesStatement } from '../../test/support/many-proxies.ts';
import type { Host, HostedPart, WorkerName } from './host.ts';

/** Proxies that a book pulls at one tick of cron; see `MAX_PAGES_PER_TICK`. */
const PULLED_PER_TICK = 20_000;

export async function databaseOf(host: Host, worker: WorkerName): Promise<D1Database> {
  return host.miniflare.getD1Database('DB', worker);
}

/** The cron of a minute. */
export async function tick(host: Host, worker: WorkerName): Promise<void> {
  const fetcher = await host.miniflare.getWorker(worker);
  await fetcher.scheduled({ cron: '* * * * *' });
}

/** Makes named pools, before anybody asks for one: the Worker remembers for a while which there are. */
export async function createPools(host: Host, worker: WorkerName, poolNumbers: readonly number[]): Promise<void> {
  const database = await databaseOf(host, worker);
  const insert = database.prepare('INSERT INTO pools (number, name, created_at) VALUES (?1, ?2, 0)');
  await database.batch(poolNumbers.map((number) => insert.bind(number, poolName(number))));
}

/** Stores living proxies in a pool, and has its book pull them as it always does: by cron. */
export async function fillPool(host: Host, worker: WorkerName, lot: ManyProxies): Promise<void> {
  const database = await databaseOf(host, worker);
  await database.prepare(manyProxiesStatement(lot)).run();
  for (let pulled = 0; pulled < lot.count; pulled += PULLED_PER_TICK) await tick(host, worker);
}

export function poolName(poolNumber: number): string {
  return poolNumber === 0 ? 'default' : `pool-${poolNumber}`;
}

/** A new account; its key. */
export async function registerAccount(part: HostedPart): Promise<string> {
  const json = { email: `bench-${Math.random()}@example.com`, display_name: 'Bench' };
  const { api_key: apiKey } = await part.call<{ api_key: { key: string } }>('POST', '/auth/register', { json });
  return apiKey.key;
}

export interface Lease {
  lease_id: string;
  proxy: { id: string };
}

export function acquire(part: HostedPart, key: string, filters: Record<string, unknown> = {}): Promise<Lease> {
  return part.call('POST', '/proxies/acquire', { key, json: { lease_duration_seconds: 300, ...filters } });
}

export async function release(part: HostedPart, key: string, { lease_id: leaseId }: Lease): Promise<void> {
  await part.call('POST', `/proxies/acquire/${leaseId}/release`, { key });
}
