import type { History, LeaseRecord } from './history.ts';

export interface JournalRow {
  id: number;
  amount: number;
  type: string;
  reference: string;
  balance_after: number;
}

/** One account's ledger as its file has it, read without the Worker. */
export interface LedgerFile {
  journal: JournalRow[];
  voids: string[];
  /** References of the answers kept for keys. */
  answers: string[];
}

export interface AccountEvidence {
  id: string;
  /** Credits that it was given. */
  granted: number;
  /** What the API says at the end. */
  balance: number;
}

function overlaps(leases: Iterable<LeaseRecord>): string[] {
  const ofProxy = new Map<string, LeaseRecord[]>();
  for (const lease of leases) ofProxy.set(lease.proxyId, [...(ofProxy.get(lease.proxyId) ?? []), lease]);
  return [...ofProxy.values()].flatMap((ofOne) => {
    ofOne.sort((left, right) => left.acquiredAtMs - right.acquiredAtMs);
    return ofOne.slice(1).flatMap((lease, index) => {
      const before = ofOne[index];
      const endMs = before?.releasedAtMs ?? before?.expiresAtMs ?? 0;
      if (lease.acquiredAtMs >= endMs) return [];
      return [`overlap of ${endMs - lease.acquiredAtMs} ms: ${before?.leaseId} and ${lease.leaseId}`];
    });
  });
}

function doubles(leases: Iterable<LeaseRecord>): string[] {
  return [...leases].flatMap(({ leaseId, keys }) =>
    keys.size === 1 ? [] : [`double lease: ${leaseId} was the answer to ${keys.size} keys`],
  );
}

/** The ledger by itself: each entry continues the one before, no reference is booked twice, none is void and booked. */
function inconsistencies({ journal, voids, answers }: LedgerFile): string[] {
  const problems: string[] = [];
  let balance = 0;
  for (const [index, row] of journal.entries()) {
    balance += row.amount;
    if (row.id !== index + 1 || row.balance_after !== balance || balance < 0) {
      problems.push(`ledger: entry ${row.id} says ${row.balance_after} and the sum is ${balance}`);
    }
  }
  const references = new Set(journal.map(({ reference }) => reference));
  if (references.size !== journal.length) problems.push('ledger: a reference was booked twice');
  for (const reference of voids) {
    if (references.has(reference)) problems.push(`ledger: ${reference} is void and booked`);
  }
  for (const reference of answers) {
    if (!references.has(reference)) problems.push(`ledger: an answer is kept for ${reference}, which is not booked`);
  }
  return problems;
}

function sameSet(name: string, actual: readonly string[], expected: readonly string[]): string[] {
  const [left, right] = [new Set(actual), new Set(expected)];
  return [
    ...(actual.length === left.size ? [] : [`${name}: some twice`]),
    ...expected.filter((item) => !left.has(item)).map((item) => `${name}: ${item} was acknowledged and never booked`),
    ...actual.filter((item) => !right.has(item)).map((item) => `${name}: ${item} was booked and never acknowledged`),
  ];
}

/** The account that a ledger's file belongs to, by the leases in it; files are not named so. */
function ownerOf(file: LedgerFile, history: History): string | undefined {
  for (const { type, reference } of file.journal) {
    const accountId = type === 'acquire' ? history.leases.get(reference)?.accountId : undefined;
    if (accountId !== undefined) return accountId;
  }
  return undefined;
}

function accountProblems(account: AccountEvidence, file: LedgerFile, history: History): string[] {
  const own = [...history.leases.values()].filter(({ accountId }) => accountId === account.id);
  const acquires = file.journal.filter(({ type }) => type === 'acquire').map(({ reference }) => reference);
  const renewals = file.journal.filter(({ type }) => type === 'renew').map(({ reference }) => reference);
  const renewed = new Map<string, number>();
  for (const reference of renewals) {
    const leaseId = reference.split(':')[1] ?? '';
    renewed.set(leaseId, (renewed.get(leaseId) ?? 0) + 1);
  }
  const refunded = own.filter((lease) => lease.refunded).map(({ leaseId }) => `refund:${leaseId}`);
  const refunds = file.journal.filter(({ type }) => type === 'refund').map(({ reference }) => reference);
  const problems = [
    ...sameSet(
      'acquire entries',
      acquires,
      own.map(({ leaseId }) => leaseId),
    ),
    ...sameSet('refund entries', refunds, refunded),
  ];
  for (const leaseId of new Set([...renewed.keys(), ...own.map((lease) => lease.leaseId)])) {
    const [charged, told] = [renewed.get(leaseId) ?? 0, history.leases.get(leaseId)?.renewals ?? 0];
    if (charged !== told) problems.push(`renew entries: ${leaseId} has ${charged}, and ${told} were acknowledged`);
  }
  const sum = file.journal.reduce((total, { amount }) => total + amount, 0);
  const spent = own.length + own.reduce((total, lease) => total + lease.renewals, 0) - refunded.length;
  const expected = account.granted - spent;
  if (sum !== expected || account.balance !== expected) {
    problems.push(
      `balance: ${account.balance} by the API, ${sum} by its entries, ${expected} by what was acknowledged`,
    );
  }
  return problems;
}

/** Everything that is wrong at the end of a run, one line each; empty when all is exact. */
export function audit(history: History, accounts: readonly AccountEvidence[], files: readonly LedgerFile[]): string[] {
  const problems = [...history.violations, ...doubles(history.leases.values()), ...overlaps(history.leases.values())];
  for (const file of files) problems.push(...inconsistencies(file));
  for (const account of accounts) {
    const own = files.filter((file) => ownerOf(file, history) === account.id);
    const [file, ...more] = own;
    if (file === undefined || more.length > 0) problems.push(`${own.length} ledgers belong to account ${account.id}`);
    else problems.push(...accountProblems(account, file, history));
  }
  return problems;
}
