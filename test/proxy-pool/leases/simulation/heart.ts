import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as ledger from '../../../../src/accounts/credits/credit-ledger.model.ts';
import * as transaction from '../../../../src/accounts/credits/credit-ledger.transaction.ts';
import * as acquireFlow from '../../../../src/proxy-pool/leases/acquire.flow.ts';
import * as content from '../../../../src/proxy-pool/leases/book-content.model.ts';
import * as state from '../../../../src/proxy-pool/leases/book-state.model.ts';
import * as heldFlow from '../../../../src/proxy-pool/leases/held-lease.flow.ts';
import * as heldProxies from '../../../../src/proxy-pool/leases/held-proxies.model.ts';
import * as book from '../../../../src/proxy-pool/leases/lease-book.model.ts';
import * as charge from '../../../../src/proxy-pool/leases/lease-charge.model.ts';
import * as turns from '../../../../src/proxy-pool/leases/lease-turns.ts';
import * as reportFlow from '../../../../src/proxy-pool/leases/report.flow.ts';
import * as running from '../../../../src/proxy-pool/leases/running-acquires.ts';
import * as settleFlow from '../../../../src/proxy-pool/leases/settle.flow.ts';

/** The product's own rules and flows, as a simulation runs them. */
export const heart = {
  ledger,
  transaction,
  acquireFlow,
  heldFlow,
  heldProxies,
  reportFlow,
  settleFlow,
  content,
  state,
  book,
  charge,
  running,
  turns,
};

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
const FOLDERS = ['accounts/credits', 'platform/collections', 'proxy-pool/leases'];
const FILES: Record<keyof Heart, string> = {
  ledger: 'accounts/credits/credit-ledger.model.ts',
  transaction: 'accounts/credits/credit-ledger.transaction.ts',
  acquireFlow: 'proxy-pool/leases/acquire.flow.ts',
  heldFlow: 'proxy-pool/leases/held-lease.flow.ts',
  heldProxies: 'proxy-pool/leases/held-proxies.model.ts',
  reportFlow: 'proxy-pool/leases/report.flow.ts',
  settleFlow: 'proxy-pool/leases/settle.flow.ts',
  content: 'proxy-pool/leases/book-content.model.ts',
  state: 'proxy-pool/leases/book-state.model.ts',
  book: 'proxy-pool/leases/lease-book.model.ts',
  charge: 'proxy-pool/leases/lease-charge.model.ts',
  running: 'proxy-pool/leases/running-acquires.ts',
  turns: 'proxy-pool/leases/lease-turns.ts',
};

/** A change of the copied source before it is loaded: the new text of a file, given its path from `src/`. */
export type SourceChange = (path: string, text: string) => string;

/** A copy of the heart with its source changed, and where it lies: the caller removes it. */
export async function loadChanged(change: SourceChange): Promise<{ changed: Heart; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'switchyard-heart-'));
  for (const folder of FOLDERS) {
    cpSync(join(sourceRoot, folder), join(directory, folder), { recursive: true });
    for (const name of readdirSync(join(directory, folder))) {
      const path = `${folder}/${name}`;
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(join(directory, path), 'utf8');
      const changedText = change(path, text);
      if (changedText !== text) writeFileSync(join(directory, path), changedText);
    }
  }
  const modules = await Promise.all(
    Object.entries(FILES).map(async ([name, path]) => [name, await import(pathToFileURL(join(directory, path)).href)]),
  );
  return { changed: Object.fromEntries(modules), directory };
}

/** A copy of the heart with one defect in it. Throws when the source no longer has its place, exactly once. */
export async function loadDefective(defect: Defect): Promise<{ changed: Heart; directory: string }> {
  let places = 0;
  const loaded = await loadChanged((path, text) => {
    if (path !== defect.file) return text;
    const parts = text.split(defect.was);
    places = parts.length - 1;
    return parts.join(defect.becomes);
  });
  if (places === 1) return loaded;
  rmSync(loaded.directory, { recursive: true, force: true });
  throw new Error(`${defect.name}: ${defect.file} has '${defect.was}' ${places} times instead of once`);
}
