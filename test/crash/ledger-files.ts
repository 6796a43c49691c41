import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JournalRow, LedgerFile } from './audit.ts';

/** Where Miniflare keeps the objects of the class, from the state directory. */
const LEDGER_FOLDER = join('do', 'hosted-CreditLedger');

/** Reads the ledgers' own databases. The Worker must have stopped. */
export async function readLedgerFiles(stateDirectory: string): Promise<LedgerFile[]> {
  const folder = join(stateDirectory, LEDGER_FOLDER);
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  return names.map((name) => {
    const database = new DatabaseSync(join(folder, name));
    const references = (table: 'voids' | 'answers') =>
      database
        .prepare(`SELECT reference FROM ${table}`)
        .all()
        .map(({ reference }) => String(reference));
    try {
      const rows = database.prepare('SELECT id, amount, type, reference, balance_after FROM journal ORDER BY id').all();
      const journal = rows.map(
        (row): JournalRow => ({
          id: Number(row.id),
          amount: Number(row.amount),
          type: String(row.type),
          reference: String(row.reference),
          balance_after: Number(row.balance_after),
        }),
      );
      return { journal, voids: references('voids'), answers: references('answers') };
    } finally {
      database.close();
    }
  });
}
