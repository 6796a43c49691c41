import { env } from 'cloudflare:workers';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createLeaseBookClient } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import { createBookNewsStore } from '../../../src/proxy-pool/proxies/book-news.store.ts';
import { insertProxies } from '../../proxy-pool/proxies/rows.ts';

const good = { status: 'active', leasable: true, lastPassedAtMs: 1, protocol: 'socks5' } as const;
/** That of the default pool. */
export const book = createLeaseBookClient(env.LEASE_BOOK, 0);
const news = createBookNewsStore(createDatabase(env.DB));

/** The first of so many numbers in the inventory's order of changes. */
async function takeRevisions(count: number): Promise<number> {
  const last = await env.DB.prepare(
    "UPDATE sequences SET value = value + ? WHERE name = 'proxy_revision' RETURNING value",
  )
    .bind(count)
    .first<number>('value');
  return (last ?? 0) - count + 1;
}

const tellBook = async (ids: readonly string[]) => book.apply((await news.rowsOf(ids)).get(0) ?? []);

/** Proxies of a country that passed their checks, a score each, known to their book. */
export async function checkedProxies(
  country: string,
  scores: readonly number[],
  more: Parameters<typeof insertProxies>[0][number] = {},
): Promise<{ id: string; address: string }[]> {
  const first = await takeRevisions(scores.length);
  const ids = await insertProxies(
    scores.map((score, index) => ({ ...good, country, score, revision: first + index, ...more })),
  );
  await tellBook(ids);
  const rows = await env.DB.prepare(
    `SELECT id, protocol || '://' || ip || ':' || port AS address FROM proxies WHERE country = ?`,
  )
    .bind(country)
    .all<{ id: string; address: string }>();
  return ids.map((id) => ({ id, address: rows.results.find((row) => row.id === id)?.address ?? '' }));
}

/** A proxy fails a check: it can't be leased. */
export async function failCheck(id: string): Promise<void> {
  const revision = await takeRevisions(1);
  await env.DB.prepare('UPDATE proxies SET leasable = 0, revision = ? WHERE id = ?').bind(revision, id).run();
  await tellBook([id]);
}
