import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import { selectList } from '../../platform/db/select-list.ts';
import type { BookProxyRow } from '../leases/lease-book.types.ts';
import { deletedProxies, pools, proxies } from './proxies.tables.ts';

const bookColumns = {
  id: proxies.id,
  ip: proxies.ip,
  port: proxies.port,
  protocol: proxies.protocol,
  country: proxies.country,
  anonymity: proxies.anonymity,
  score: proxies.score,
  latencyMs: proxies.avgLatencyMs,
  username: proxies.username,
  passwordSealed: proxies.passwordSealed,
  leasable: proxies.leasable,
  revision: proxies.revision,
};

const newsList = sql.raw(selectList({ ...bookColumns, poolNumber: proxies.poolNumber }));

/** A row as it comes, with a number for a truth. */
type NewsRow = Omit<BookProxyRow, 'leasable' | 'score'> & {
  leasable: number;
  score: number | null;
  poolNumber: number;
};

function toBookRow<Row extends { score: number | null }>({ score, ...row }: Row) {
  return { ...row, score: score ?? 0 };
}

/** The inventory as the lease books hear of it. */
export function createBookNewsStore(database: Database) {
  /** What was deleted beyond a watermark, as a book takes it: proxies that nobody can lease. */
  async function deletionsSince(poolNumber: number, watermark: number, maxRows: number): Promise<BookProxyRow[]> {
    const rows = await database
      .select()
      .from(deletedProxies)
      .where(and(eq(deletedProxies.poolNumber, poolNumber), gt(deletedProxies.revision, Math.max(watermark, 0))))
      .orderBy(asc(deletedProxies.revision))
      .limit(maxRows);
    const nothing = { country: null, anonymity: null, score: 0, latencyMs: null, username: null, passwordSealed: null };
    return rows.map(({ id, ip, port, protocol, revision }) => {
      return { ...nothing, id, ip, port, protocol, revision, leasable: false };
    });
  }

  return {
    /** All pools, each with a book of its own. */
    async poolNumbers(): Promise<number[]> {
      const rows = await database.select({ number: pools.number }).from(pools).orderBy(asc(pools.number));
      return rows.map(({ number }) => number);
    },

    /** Proxies of these ids that a book must know, by pool; those that no book ever heard of are left out. */
    async rowsOf(ids: readonly string[]): Promise<Map<number, BookProxyRow[]>> {
      const rows = await database.all<NewsRow>(
        sql`SELECT ${newsList} FROM json_each(${JSON.stringify(ids)}) AS asked
          CROSS JOIN proxies ON proxies.id = asked.value WHERE proxies.revision > 0`,
      );
      const byPool = new Map<number, BookProxyRow[]>();
      for (const { poolNumber, leasable, ...row } of rows) {
        byPool.set(poolNumber, [...(byPool.get(poolNumber) ?? []), toBookRow({ ...row, leasable: leasable === 1 })]);
      }
      return byPool;
    },

    /** A page of a pool's changes beyond a watermark, deletions too, in order of revision. */
    async changesSince(poolNumber: number, watermark: number, maxRows: number): Promise<BookProxyRow[]> {
      const rows = await database
        .select(bookColumns)
        .from(proxies)
        .where(and(eq(proxies.poolNumber, poolNumber), gt(proxies.revision, Math.max(watermark, 0))))
        .orderBy(asc(proxies.revision))
        .limit(maxRows);
      const gone = await deletionsSince(poolNumber, watermark, maxRows);
      // Two lists in order of revision make one; a page ends where it has all that either could add.
      return [...rows.map(toBookRow), ...gone].sort((left, right) => left.revision - right.revision).slice(0, maxRows);
    },
  };
}

export type BookNewsStore = ReturnType<typeof createBookNewsStore>;
