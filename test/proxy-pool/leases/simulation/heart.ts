import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as ledger from '../../../../src/accounts/credits/credit-ledger.model.ts';
import * as flow from '../../../../src/proxy-pool/leases/acquire.flow.ts';
import * as content from '../../../../src/proxy-pool/leases/book-content.model.ts';
import * as state from '../../../../src/proxy-pool/leases/book-state.model.ts';
import * as book from '../../../../src/proxy-pool/leases/lease-book.model.ts';
import * as running from '../../../../src/proxy-pool/leases/running-acquires.ts';

/** The product's own rules and flows, as a simulation runs them. */
export const heart = { ledger, flow, content, state, book, running };

export type Heart = typeof heart;

/** A mistake that somebody could make: one piece of the source, replaced. */
export interface Defect {
  /** What would be wrong. */
  name: string;
  /** From `src/`. */
  file: string;
  /** Occurs exactly once. */
  was: string;
  becomes: string;
}

const sourceRoot = join(import.meta.dirname, '../../../../src');
const FOLDERS = ['accounts/credits', 'proxy-pool/leases'];
const FILES: Record<keyof Heart, string> = {
  ledger: 'accounts/credits/credit-ledger.model.ts',
  flow: 'proxy-pool/leases/acquire.flow.ts',
  content: 'proxy-pool/leases/book-content.model.ts',
  state: 'proxy-pool/leases/book-state.model.ts',
  book: 'proxy-pool/leases/lease-book.model.ts',
  running: 'proxy-pool/leases/running-acquires.ts',
};

/** A copy of the heart with one defect in it, and where it lies: the caller removes it. */
export async function loadDefective(defect: Defect): Promise<{ defective: Heart; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'switchyard-defect-'));
  for (const folder of FOLDERS) cpSync(join(sourceRoot, folder), join(directory, folder), { recursive: true });
  const file = join(directory, defect.file);
  const parts = readFileSync(file, 'utf8').split(defect.was);
  if (parts.length !== 2) throw new Error(`${defect.name}: the source no longer has '${defect.was}' exactly once`);
  writeFileSync(file, parts.join(defect.becomes));
  const modules = await Promise.all(
    Object.entries(FILES).map(async ([name, path]) => [name, await import(pathToFileURL(join(directory, path)).href)]),
  );
  return { defective: Object.fromEntries(modules), directory };
}
