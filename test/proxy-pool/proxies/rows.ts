import { env } from 'cloudflare:workers';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { proxies, proxyChecks } from '../../../src/proxy-pool/proxies/proxies.tables.ts';
import { uncheckedProxy } from '../checks/fixtures.ts';

type ProxyInsert = typeof proxies.$inferInsert;

const database = createDatabase(env.DB);
let serial = 0;

/** Makes a pool of a test's own, so that its lists hold nothing of other tests. */
export async function makePool(): Promise<{ number: number; name: string }> {
  const name = `list-${crypto.randomUUID().slice(0, 8)}`;
  const row = await env.DB.prepare(
    'INSERT INTO pools (number, name, created_at) SELECT MAX(number) + 1, ?1, 0 FROM pools RETURNING number',
  )
    .bind(name)
    .first<{ number: number }>();
  if (!row) throw new Error('no pool was made');
  return { number: row.number, name };
}

/** Stores proxies with addresses of their own; returns their ids in the same order. */
export async function insertProxies(changes: readonly Partial<ProxyInsert>[]): Promise<string[]> {
  const rows = changes.map((change) => {
    serial += 1;
    const ip = `127.90.${Math.floor(serial / 250)}.${1 + (serial % 250)}`;
    return { ...uncheckedProxy({ ip }), tags: {}, firstSeenAtMs: 0, lastSeenAtMs: 0, ...change };
  });
  for (const row of rows) await database.insert(proxies).values(row);
  return rows.map(({ id }) => id);
}

/** A finished round of a proxy's history. */
export async function insertRound(
  proxyId: string,
  round: number,
  createdAtMs: number,
  results: object[],
): Promise<void> {
  await database.insert(proxyChecks).values({ proxyId, round, createdAtMs, results: JSON.stringify(results) });
}
