import { sql } from 'drizzle-orm';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';

export type Database = DrizzleD1Database;

/** D1 has no interactive transactions: several writes that belong together go through `database.batch`. */
export function createDatabase(binding: D1Database): Database {
  return drizzle(binding);
}

function isViolation(error: unknown, constraint: string, column: string): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.message.includes(`${constraint} constraint failed`) && current.message.includes(column)) return true;
  }
  return false;
}

/** True when a write failed because a UNIQUE or PRIMARY KEY constraint on `column` (`table.column`) refused it. */
export function isUniqueViolation(error: unknown, column: string): boolean {
  return isViolation(error, 'UNIQUE', column);
}

/** True when a write failed because `column` (`table.column`) would have been null. */
export function isNotNullViolation(error: unknown, column: string): boolean {
  return isViolation(error, 'NOT NULL', column);
}

/** True when a write failed because what it refers to is not there, or is referred to (SQLite does not say which). */
export function isForeignKeyViolation(error: unknown): boolean {
  return isViolation(error, 'FOREIGN KEY', '');
}

/** Throws unless the database answers. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.run(sql`SELECT 1`);
}
