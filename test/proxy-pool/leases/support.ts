import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createCreditLedgerClient } from '../../../src/accounts/credits/credit-ledger.client.ts';
import { createLeaseBookClient, leaseBookName } from '../../../src/proxy-pool/leases/lease-book.client.ts';
import type {
  AcquireRequest,
  AcquireResult,
  BookProxyRow,
  LeaseGranted,
  RenewResult,
} from '../../../src/proxy-pool/leases/lease-book.types.ts';

let lastPoolNumber = 100;
let lastRevision = 0;
let countries = 0;

/** A clock for an object that a test moves by hand. */
export function movableClock(startMs = Date.now()) {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance: (durationMs: number) => {
      nowMs += durationMs;
    },
  };
}

/** A book of its own for a test, with its client and raw stub. */
export function freshBook() {
  lastPoolNumber += 1;
  const poolNumber = lastPoolNumber;
  const stub = () => env.LEASE_BOOK.getByName(leaseBookName(poolNumber));
  return { poolNumber, stub, client: createLeaseBookClient(env.LEASE_BOOK, poolNumber) };
}

export type FreshBook = ReturnType<typeof freshBook>;

/** Puts a clock into a running book; it is gone when the object starts anew. */
export async function setBookClock(book: FreshBook, clock: { nowMs(): number }): Promise<void> {
  await runInDurableObject(book.stub(), (instance) => {
    instance.clock = clock;
  });
}

/** An account of its own, with credits. */
export async function freshAccount(credits: number) {
  const accountId = crypto.randomUUID();
  const ledger = createCreditLedgerClient(env.CREDIT_LEDGER, accountId);
  if (credits > 0)
    await ledger.credit({ reference: 'purchase:1', amount: credits, type: 'purchase', description: 'Test' });
  return { accountId, ledger, stub: () => env.CREDIT_LEDGER.getByName(accountId) };
}

export function proxyRow(overrides: Partial<BookProxyRow> = {}): BookProxyRow {
  lastRevision += 1;
  return {
    id: crypto.randomUUID(),
    ip: '203.0.113.1',
    port: 8080,
    protocol: 'http',
    country: 'US',
    anonymity: 'elite',
    score: 0.9,
    latencyMs: 100,
    username: null,
    passwordSealed: null,
    leasable: true,
    revision: lastRevision,
    ...overrides,
  };
}

export function acquireRequest(accountId: string, overrides: Partial<AcquireRequest> = {}): AcquireRequest {
  return {
    accountId,
    apiKeyId: null,
    filters: { protocol: null, country: null, anonymity: null, minScore: null },
    leaseDurationMs: 300_000,
    waitMs: 0,
    maxLiveLeases: 1_000,
    idempotency: null,
    waiterId: null,
    ...overrides,
  };
}

/** What was granted; throws at a refusal. */
export async function acquired(asking: Promise<AcquireResult | RenewResult>): Promise<LeaseGranted> {
  const result = await asking;
  if (!result.ok) throw new Error(`refused: ${result.code}`);
  return result;
}

/** The rows that an object reads and writes meanwhile. */
export async function countRows(measured: DurableObjectStub, work: () => Promise<unknown>) {
  const rows = { read: 0, written: 0 };
  await runInDurableObject(measured, (_, state) => {
    const { sql } = state.storage;
    const exec = sql.exec.bind(sql);
    Reflect.set(sql, 'exec', (query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      const results = cursor.toArray();
      rows.read += cursor.rowsRead;
      rows.written += cursor.rowsWritten;
      return { toArray: () => results, one: () => results[0], [Symbol.iterator]: () => results.values() };
    });
  });
  await work();
  return rows;
}

/** A country that no other test's proxies have, so that tests share the default pool. */
export function freshCountry(): string {
  countries += 1;
  return `${String.fromCharCode(65 + Math.floor(countries / 26))}${String.fromCharCode(65 + (countries % 26))}`;
}
