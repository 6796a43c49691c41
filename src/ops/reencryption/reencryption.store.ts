import type { SealedColumn } from './sealed-columns.ts';

export interface SealedText {
  key: string;
  sealed: string;
}

const NEXT_REVISION = `UPDATE sequences SET value = value + 1 WHERE name = 'proxy_revision'`;
/** A proxy that no book ever heard of stays so. */
const TAKE_REVISION = `, revision = CASE revision WHEN 0 THEN 0
  ELSE (SELECT value FROM sequences WHERE name = 'proxy_revision') END`;

/** Encrypted texts, wherever they are. Names of tables and columns are the registry's own. */
export function createReencryptionStore(binding: D1Database) {
  return {
    /** Texts after a key, in the order of keys. */
    async page({ table, key, column }: SealedColumn, after: string, maxRows: number): Promise<SealedText[]> {
      const { results } = await binding
        .prepare(
          `SELECT ${key} AS key, ${column} AS sealed FROM ${table}
           WHERE ${key} > ?1 AND ${column} IS NOT NULL ORDER BY ${key} LIMIT ?2`,
        )
        .bind(after, maxRows)
        .all<SealedText>();
      return results;
    },

    /** Puts texts in place of others, where those still stand: what was written meanwhile stays. */
    async replace({ table, key, column, isNumbered }: SealedColumn, texts: readonly (SealedText & { next: string })[]) {
      const update = binding.prepare(
        `UPDATE ${table} SET ${column} = ?3 ${isNumbered ? TAKE_REVISION : ''} WHERE ${key} = ?1 AND ${column} = ?2`,
      );
      const writes = texts.flatMap((text) => [
        ...(isNumbered ? [binding.prepare(NEXT_REVISION)] : []),
        update.bind(text.key, text.sealed, text.next),
      ]);
      if (writes.length > 0) await binding.batch(writes);
    },

    /** Texts of a column that another key than this one sealed. */
    async countOthers({ table, column }: SealedColumn, keyId: string): Promise<number> {
      const row = await binding
        .prepare(`SELECT COUNT(*) AS others FROM ${table} WHERE substr(${column}, 1, ?2) <> ?1`)
        .bind(`${keyId}.`, keyId.length + 1)
        .first<{ others: number }>();
      return row?.others ?? 0;
    },
  };
}

export type ReencryptionStore = ReturnType<typeof createReencryptionStore>;
