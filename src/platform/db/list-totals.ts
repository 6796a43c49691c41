import { eq } from 'drizzle-orm';
import type { Database } from './client.ts';
import { listTotals } from './platform.tables.ts';

/** The query for a list's total, which triggers keep: one row, however long the list is. */
export function totalOf(database: Database, list: string) {
  return database.select({ total: listTotals.total }).from(listTotals).where(eq(listTotals.list, list));
}
