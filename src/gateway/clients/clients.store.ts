import { and, asc, count, eq, notExists } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import {
  type ClientRow,
  gatewayClients,
  gatewayCredentials,
  gatewayProxies,
  gatewayTargets,
} from '../gateway.tables.ts';

export function createClientsStore(database: Database) {
  const own = (accountId: string, id: string) =>
    and(eq(gatewayClients.accountId, accountId), eq(gatewayClients.id, id));
  const holdsNone = (table: typeof gatewayCredentials | typeof gatewayTargets | typeof gatewayProxies) =>
    notExists(database.select({ id: table.id }).from(table).where(eq(table.clientId, gatewayClients.id)));
  return {
    list: (accountId: string): Promise<ClientRow[]> =>
      database
        .select()
        .from(gatewayClients)
        .where(eq(gatewayClients.accountId, accountId))
        .orderBy(asc(gatewayClients.createdAtMs), asc(gatewayClients.id)),

    async count(accountId: string): Promise<number> {
      const query = database.select({ total: count() }).from(gatewayClients);
      const [row] = await query.where(eq(gatewayClients.accountId, accountId));
      return row?.total ?? 0;
    },

    async find(accountId: string, id: string): Promise<ClientRow | null> {
      const [row] = await database.select().from(gatewayClients).where(own(accountId, id));
      return row ?? null;
    },

    /** The write of a new client, for the batch that it belongs to. */
    insertion: (row: ClientRow) => database.insert(gatewayClients).values(row),

    async update(accountId: string, id: string, change: Partial<ClientRow>): Promise<ClientRow | null> {
      const [row] = await database.update(gatewayClients).set(change).where(own(accountId, id)).returning();
      return row ?? null;
    },

    /** Deletes a client that holds nothing; false when it is gone or holds something. */
    async deleteEmpty(accountId: string, id: string): Promise<boolean> {
      const isEmpty = and(holdsNone(gatewayCredentials), holdsNone(gatewayTargets), holdsNone(gatewayProxies));
      const deleted = await database
        .delete(gatewayClients)
        .where(and(own(accountId, id), isEmpty))
        .returning({ id: gatewayClients.id });
      return deleted.length > 0;
    },
  };
}

export type ClientsStore = ReturnType<typeof createClientsStore>;
