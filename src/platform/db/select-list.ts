import { type Column, getTableName } from 'drizzle-orm';

/**
 * Columns by field as SQL: `"proxies"."id" AS "id", …`. For statements that run often: a query builder writes its text anew
 * each time, and takes no more than 100 values of a list.
 */
export function selectList(columns: Readonly<Record<string, Column>>): string {
  return Object.entries(columns)
    .map(([field, column]) => `"${getTableName(column.table)}"."${column.name}" AS "${field}"`)
    .join(', ');
}
