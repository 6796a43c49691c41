import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { InventoryFilter } from '../configuration/configuration.types.ts';
import type { Candidate } from './holds.model.ts';

interface ProxyRow {
  proxyId: string;
  protocol: string;
  ip: string;
  port: number;
  username: string | null;
  passwordSealed: string | null;
  poolNumber: number;
}

const COLUMNS = sql.raw(`proxies.id AS proxyId, proxies.protocol AS protocol, proxies.ip AS ip, proxies.port AS port,
  proxies.username AS username, proxies.password_sealed AS passwordSealed,
  proxies.pool_number AS poolNumber`);

/** A proxy that passed its last check, and is of the kind that is asked for. */
function isGood({ protocol, country, anonymity, minScore }: InventoryFilter): SQL {
  const conditions = [sql`proxies.status = 'active' AND proxies.leasable = 1`];
  if (protocol !== null) conditions.push(sql`proxies.protocol = ${protocol}`);
  if (country !== null) conditions.push(sql`proxies.country = ${country}`);
  if (anonymity !== null) conditions.push(sql`proxies.anonymity = ${anonymity}`);
  if (minScore !== null) conditions.push(sql`proxies.score >= ${minScore}`);
  return sql.join(conditions, sql` AND `);
}

function toCandidate({ protocol, ip, port, poolNumber, ...row }: ProxyRow): Candidate {
  return { member: { ...row, address: `${protocol}://${ip}:${port}` }, poolNumber };
}

/** The checked proxies, as providers that follow them see them. */
export function createInventoryStore(database: Database) {
  return {
    /** Those of some proxies that are good still, in the order in which they are named. */
    async stillGood(proxyIds: readonly string[], filter: InventoryFilter): Promise<Candidate[]> {
      const rows = await database.all<ProxyRow>(sql`SELECT ${COLUMNS}
        FROM json_each(${JSON.stringify(proxyIds)}) AS asked CROSS JOIN proxies ON proxies.id = asked.value
        WHERE ${isGood(filter)} ORDER BY asked.key`);
      return rows.map(toCandidate);
    },

    /** The best that match, but for those that others have. */
    async best(filter: InventoryFilter, maxRows: number, taken: readonly string[]): Promise<Candidate[]> {
      const rows = await database.all<ProxyRow>(sql`SELECT ${COLUMNS} FROM proxies
        WHERE ${isGood(filter)} AND proxies.id NOT IN (SELECT value FROM json_each(${JSON.stringify(taken)}))
        ORDER BY proxies.score DESC, proxies.id LIMIT ${maxRows}`);
      return rows.map(toCandidate);
    },
  };
}

export type InventoryStore = ReturnType<typeof createInventoryStore>;
