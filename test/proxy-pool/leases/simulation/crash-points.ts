import { type Heart, loadChanged } from './heart.ts';

/** A place at which a book may die: an `await` of its flows. */
export interface CrashPoint {
  name: string;
  /** From `src/proxy-pool/leases/`. */
  file: string;
  /** What is awaited, as the source has it to the end of the line. */
  awaits: string;
  /** It calls a ledger: the call may arrive although the book has died. */
  callsLedger?: true;
}

/** Every await of the lease flows, file by file in the order of the source. One that isn't here fails the test. */
export const crashPoints: readonly CrashPoint[] = [
  {
    name: 'acquire: looking for the first answer to its key',
    file: 'acquire.flow.ts',
    awaits: 'answerBefore(ports, request, idempotency);',
  },
  { name: 'acquire: waiting for a proxy', file: 'acquire.flow.ts', awaits: 'ports.waitFor(outcome.waiter);' },
  {
    name: 'charge: asking the ledger for a first answer',
    file: 'charge.flow.ts',
    awaits: 'ports.ledgerOf(accountId).lookupAnswer({ key, bodyHash, apiKeyId });',
    callsLedger: true,
  },
  { name: 'charge: the debit', file: 'charge.flow.ts', awaits: 'ports.ledgerOf(accountId).debit({', callsLedger: true },
  {
    name: 'renew: settling what is uncertain',
    file: 'held-lease.flow.ts',
    awaits: 'settleLeases(ports, request.accountId))) outcome = begin();',
  },
  {
    name: 'renew: looking for the first answer to its key',
    file: 'held-lease.flow.ts',
    awaits: 'answerBefore(ports, request, request.idempotency));',
  },
  {
    name: 'release: settling what is uncertain',
    file: 'held-lease.flow.ts',
    awaits: 'settleLeases(ports, request.accountId))) outcome = end();',
  },
  {
    name: 'list: settling what is uncertain',
    file: 'held-lease.flow.ts',
    awaits: 'settleLeases(ports, accountId))) return UNAVAILABLE;',
  },
  {
    name: 'refund: the credit',
    file: 'report.flow.ts',
    awaits: 'ports.ledgerOf(accountId).credit({',
    callsLedger: true,
  },
  {
    name: 'refund: paying what is owed',
    file: 'report.flow.ts',
    awaits: 'pay(ports, refund)) === null) allPaid = false;',
  },
  { name: 'settle: the alarm’s round, leases', file: 'report.flow.ts', awaits: 'settleLeases(ports);' },
  { name: 'settle: the alarm’s round, refunds', file: 'report.flow.ts', awaits: 'payOwedRefunds(ports)) && settled;' },
  {
    name: 'report: settling what is uncertain',
    file: 'report.flow.ts',
    awaits: 'settleLeases(ports, accountId))) outcome = decide();',
  },
  {
    name: 'report: its refund',
    file: 'report.flow.ts',
    awaits: 'pay(ports, { leaseId, accountId, proxyId }));',
  },
  {
    name: 'settle: asking one ledger',
    file: 'settle.flow.ts',
    awaits: 'ports.ledgerOf(accountId).settle(references);',
    callsLedger: true,
  },
  { name: 'settle: asking the ledgers of a round', file: 'settle.flow.ts', awaits: 'Promise.all(' },
  {
    name: 'turns: waiting for the lease’s turn',
    file: 'lease-turns.ts',
    awaits: 'new Promise<void>((resolve) => before.push(resolve));',
  },
  { name: 'turns: the work of a turn', file: 'lease-turns.ts', awaits: 'work();' },
  { name: 'acquires: the first request with a key', file: 'running-acquires.ts', awaits: 'result;' },
  { name: 'acquires: joining the first request', file: 'running-acquires.ts', awaits: 'first.result;' },
];

/**
 * What the object around the flows awaits: nothing but them, so that to die there is to die in them. `lease-book.do.ts`
 * must have these and no others.
 */
export const shellAwaits: readonly string[] = [
  'this.#acquire(request);',
  'this.#inTurn(request.leaseId, () => renewLease(this.#ports, request))) ?? BUSY;',
  'this.#inTurn(request.leaseId, () => releaseLease(this.#ports, request))) ?? BUSY;',
  'this.#inTurn(request.leaseId, () => reportLease(this.#ports, request))) ?? BUSY;',
  'this.#ring(timer);',
  'settleBook(this.#ports))) this.#timers.settleLater();',
];

/** Flows, and the two that order them: what a book may be in the middle of. */
const INSTRUMENTED = /^proxy-pool\/leases\/(.+\.flow|lease-turns|running-acquires)\.ts$/;

declare global {
  /** Called by instrumented source before it awaits; throws when the book dies there. */
  var atCrashPoint: ((name: string) => undefined) | undefined;
}

function isComment(line: string): boolean {
  return /^\s*(\*|\/\*|\/\/)/.test(line);
}

/** What a source awaits, in order, each as it stands to the end of its line. */
export function awaitsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !isComment(line))
    .flatMap((line) => /\bawait (.*)$/.exec(line)?.[1] ?? []);
}

/** The source with a call before each await, which must be those of the table. Throws at one that is not. */
export function instrument(file: string, text: string): string {
  const points = crashPoints.filter((point) => point.file === file);
  let next = 0;
  const lines = text.split('\n').map((line) => {
    if (isComment(line)) return line;
    return line.replace(/\bawait (.*)$/, (_await, awaited: string) => {
      const point = points[next];
      next += 1;
      if (point?.awaits !== awaited) throw new Error(`${file}: no crash point is named for 'await ${awaited}'`);
      return `globalThis.atCrashPoint?.(${JSON.stringify(point.name)}) ?? await ${awaited}`;
    });
  });
  const missing = points[next];
  if (missing !== undefined) throw new Error(`${file}: the crash point '${missing.name}' is no longer in the source`);
  return lines.join('\n');
}

/** The heart with every await instrumented, and where it lies: the caller removes it. */
export async function loadInstrumented(): Promise<{ changed: Heart; directory: string }> {
  const seen = new Set<string>();
  const loaded = await loadChanged((path, text) => {
    const name = INSTRUMENTED.exec(path)?.[1];
    if (name === undefined) return text;
    seen.add(`${name}.ts`);
    return instrument(`${name}.ts`, text);
  });
  const gone = crashPoints.find(({ file }) => !seen.has(file));
  if (gone) throw new Error(`${gone.file} is gone: the crash point '${gone.name}' has no source`);
  return loaded;
}
