import { and, asc, count, eq, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Database } from '../platform/db/client.ts';

type PartTable = SQLiteTable & { id: SQLiteColumn; clientId: SQLiteColumn };

/** Rows of one kind of part, always asked for together with whom they belong to. */
export function createPartsStore<Row extends object>(database: Database, table: PartTable, among?: SQL) {
  const ofClient = (clientId: string) => and(eq(table.clientId, clientId), among);
  const one = (clientId: string, id: string) => and(ofClient(clientId), eq(table.id, id));
  return {
    async list(clientId: string): Promise<Row[]> {
      const rows: unknown[] = await database.select().from(table).where(ofClient(clientId)).orderBy(asc(table.id));
      return rows as Row[];
    },

    async count(clientId: string): Promise<number> {
      const [row] = await database.select({ total: count() }).from(table).where(ofClient(clientId));
      return row?.total ?? 0;
    },

    async find(clientId: string, id: string): Promise<Row | null> {
      const [row]: unknown[] = await database.select().from(table).where(one(clientId, id));
      return (row as Row | undefined) ?? null;
    },

    /** The write of a new row, for the batch that it belongs to. */
    insertion: (row: Row): BatchItem<'sqlite'> => database.insert(table).values(row),

    async update(clientId: string, id: string, change: Partial<Row>): Promise<Row | null> {
      const [row]: unknown[] = await database.update(table).set(change).where(one(clientId, id)).returning();
      return (row as Row | undefined) ?? null;
    },

    /** False when there was none. Fails on a foreign key when another row names it. */
    async delete(clientId: string, id: string): Promise<boolean> {
      const deleted = await database.delete(table).where(one(clientId, id)).returning({ id: table.id });
      return deleted.length > 0;
    },
  };
}

export type PartsStore<Row extends object> = ReturnType<typeof createPartsStore<Row>>;
