import type { EventData } from '../../notifiers/events.schemas.ts';
import { appendToOutbox } from '../../platform/durable/outbox.ts';
import type { Anonymity, ProxyProtocol } from '../proxies/proxies.types.ts';
import { type BookProxy, type BookRenewal, createBookProxy } from './book-proxy.model.ts';
import type { BookWrite, StoredBook } from './book-state.model.ts';
import { readOwedRefunds, writeEndedLease } from './ended-leases.storage.ts';

interface ProxyRow extends Record<string, SqlStorageValue> {
  id: string;
  ip: string;
  port: number;
  protocol: string;
  country: string | null;
  anonymity: string | null;
  score_hundredths: number;
  latency_ms: number | null;
  username: string | null;
  password_sealed: string | null;
  leasable: number;
  revision: number;
  lease_sequence: number;
  lease_id: string | null;
  lease_account_id: string | null;
  acquired_at_ms: number | null;
  expires_at_ms: number | null;
  renewal_reference: string | null;
  renewal_expires_at_ms: number | null;
  held: number;
}

const COLUMNS = [
  'id',
  'ip',
  'port',
  'protocol',
  'country',
  'anonymity',
  'score_hundredths',
  'latency_ms',
  'username',
  'password_sealed',
  'leasable',
  'revision',
  'lease_sequence',
  'lease_id',
  'lease_account_id',
  'acquired_at_ms',
  'expires_at_ms',
  'renewal_reference',
  'renewal_expires_at_ms',
  'held',
] as const satisfies readonly (keyof ProxyRow)[];

/** All proxies come as one JSON parameter: a statement takes at most 100 others. */
const REPLACE_PROXIES = `REPLACE INTO proxies (${COLUMNS.join(', ')})
  SELECT ${COLUMNS.map((column) => `value ->> '${column}'`).join(', ')} FROM json_each(?)`;

function toRow(proxy: BookProxy): Record<(typeof COLUMNS)[number], SqlStorageValue> {
  return {
    id: proxy.id,
    ip: proxy.ip,
    port: proxy.port,
    protocol: proxy.protocol,
    country: proxy.country,
    anonymity: proxy.anonymity,
    score_hundredths: proxy.scoreHundredths,
    latency_ms: proxy.latencyMs,
    username: proxy.username,
    password_sealed: proxy.passwordSealed,
    leasable: proxy.leasable ? 1 : 0,
    revision: proxy.revision,
    lease_sequence: proxy.leaseSequence,
    lease_id: proxy.lease?.id ?? null,
    lease_account_id: proxy.lease?.accountId ?? null,
    acquired_at_ms: proxy.lease?.acquiredAtMs ?? null,
    expires_at_ms: proxy.lease?.expiresAtMs ?? null,
    renewal_reference: proxy.lease?.renewal?.reference ?? null,
    renewal_expires_at_ms: proxy.lease?.renewal?.expiresAtMs ?? null,
    held: proxy.held ? 1 : 0,
  };
}

function toRenewal({ renewal_reference: reference, renewal_expires_at_ms: expiresAtMs }: ProxyRow): BookRenewal | null {
  return reference === null || expiresAtMs === null ? null : { reference, expiresAtMs, state: 'uncertain' };
}

function toProxy(row: ProxyRow): BookProxy {
  const proxy = createBookProxy({
    id: row.id,
    ip: row.ip,
    port: row.port,
    protocol: row.protocol as ProxyProtocol,
    country: row.country,
    anonymity: row.anonymity as Anonymity | null,
    score: row.score_hundredths / 100,
    latencyMs: row.latency_ms,
    username: row.username,
    passwordSealed: row.password_sealed,
    leasable: row.leasable === 1,
    revision: row.revision,
  });
  proxy.leaseSequence = row.lease_sequence;
  proxy.held = row.held === 1;
  if (row.lease_id !== null && row.lease_account_id !== null) {
    proxy.lease = {
      id: row.lease_id,
      accountId: row.lease_account_id,
      acquiredAtMs: row.acquired_at_ms ?? 0,
      expiresAtMs: row.expires_at_ms ?? 0,
      state: 'uncertain',
      renewal: toRenewal(row),
    };
  }
  return proxy;
}

type BookValue = 'watermark' | 'checkpoint' | 'pool_number' | 'holds_revision';

function readBookValue(sql: SqlStorage, name: BookValue): number | null {
  return sql.exec<{ value: number }>('SELECT value FROM book WHERE name = ?', name).toArray()[0]?.value ?? null;
}

function writeBookValue(sql: SqlStorage, name: BookValue, value: number): void {
  sql.exec('REPLACE INTO book (name, value) VALUES (?, ?)', name, value);
}

/** A book's pool, from its name `pool-<number>`; stored too, since an alarm may start a book that isn't told its name. */
export function readPoolNumber(sql: SqlStorage, objectName: string | undefined): number {
  const stored = readBookValue(sql, 'pool_number');
  if (stored !== null) return stored;
  const digits = /^pool-(\d{1,4})$/.exec(objectName ?? '')?.[1];
  if (digits === undefined) throw new Error('a lease book is named pool-<number>');
  writeBookValue(sql, 'pool_number', Number(digits));
  return Number(digits);
}

function* readProxies(sql: SqlStorage): Generator<BookProxy> {
  for (const row of sql.exec<ProxyRow>(`SELECT ${COLUMNS.join(', ')} FROM proxies`)) yield toProxy(row);
}

export function readBook(sql: SqlStorage): StoredBook {
  return {
    proxies: readProxies(sql),
    watermark: readBookValue(sql, 'watermark') ?? 0,
    settledThroughSequence: readBookValue(sql, 'checkpoint') ?? 0,
    holdsRevision: readBookValue(sql, 'holds_revision') ?? 0,
    owedRefunds: readOwedRefunds(sql),
  };
}

function writeLease(sql: SqlStorage, proxy: BookProxy): void {
  sql.exec(
    `UPDATE proxies SET lease_sequence = ?, lease_id = ?, lease_account_id = ?, acquired_at_ms = ?, expires_at_ms = ?,
       renewal_reference = ?, renewal_expires_at_ms = ?
     WHERE id = ?`,
    proxy.leaseSequence,
    proxy.lease?.id ?? null,
    proxy.lease?.accountId ?? null,
    proxy.lease?.acquiredAtMs ?? null,
    proxy.lease?.expiresAtMs ?? null,
    proxy.lease?.renewal?.reference ?? null,
    proxy.lease?.renewal?.expiresAtMs ?? null,
    proxy.id,
  );
}

function writeHeld(sql: SqlStorage, proxies: readonly BookProxy[]): void {
  for (const isHeld of [true, false]) {
    const ids = proxies.filter(({ held }) => held === isHeld).map(({ id }) => id);
    if (ids.length === 0) continue;
    const statement = 'UPDATE proxies SET held = ? WHERE id IN (SELECT value FROM json_each(?))';
    sql.exec(statement, isHeld ? 1 : 0, JSON.stringify(ids));
  }
}

function writeOther(sql: SqlStorage, write: Exclude<BookWrite, { kind: 'proxy' | 'lease' | 'held' }>): void {
  switch (write.kind) {
    case 'remove':
      sql.exec('DELETE FROM proxies WHERE id = ?', write.proxyId);
      return;
    case 'ended':
    case 'refund_owed':
    case 'refund_done':
      writeEndedLease(sql, write);
      return;
    case 'expired_event': {
      const { leaseId, accountId, proxyId, expiredAtMs } = write;
      const payload = {
        lease_id: leaseId,
        account_id: accountId,
        proxy_id: proxyId,
      } satisfies EventData<'lease.expired'>;
      appendToOutbox(sql, { type: 'lease.expired', payload, createdAtMs: expiredAtMs });
      return;
    }
    case 'watermark':
      writeBookValue(sql, 'watermark', write.revision);
      return;
    case 'holds':
      writeBookValue(sql, 'holds_revision', write.revision);
      return;
    case 'checkpoint':
      writeBookValue(sql, 'checkpoint', write.throughSequence);
  }
}

/** Performs what a command wants stored; the caller holds the transaction. Each proxy's row is written once. */
export function writeToBook(sql: SqlStorage, writes: readonly BookWrite[]): void {
  const whole = new Map<string, BookProxy>();
  const leases = new Map<string, BookProxy>();
  for (const write of writes) {
    if (write.kind === 'proxy') whole.set(write.proxy.id, write.proxy);
    else if (write.kind === 'lease') leases.set(write.proxy.id, write.proxy);
    else if (write.kind === 'remove') whole.delete(write.proxyId);
  }
  if (whole.size > 0) sql.exec(REPLACE_PROXIES, JSON.stringify(Array.from(whole.values(), toRow)));
  for (const [proxyId, proxy] of leases) if (!whole.has(proxyId)) writeLease(sql, proxy);
  writeHeld(
    sql,
    writes.flatMap((write) => (write.kind === 'held' ? [write.proxy] : [])),
  );
  for (const write of writes) {
    if (write.kind !== 'proxy' && write.kind !== 'lease' && write.kind !== 'held') writeOther(sql, write);
  }
}
