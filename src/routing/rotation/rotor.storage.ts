import type { TargetConfiguration } from './rotation.types.ts';
import {
  type Checkout,
  createRotatingIp,
  type RotatingIp,
  type RotationState,
  type RotationWrite,
  type StoredRotation,
  type TargetTotals,
} from './rotation-state.model.ts';

interface IpRow extends Record<string, SqlStorageValue> {
  address: string;
  provider: string;
  proxy_id: string | null;
  use_sequence: number;
  failures: number;
  held_until_ms: number;
  quarantined_until_ms: number | null;
  checkout_id: string | null;
  granted_at_ms: number | null;
  lapses_at_ms: number | null;
  hold_ms: number | null;
  queue_ms: number | null;
  counts: string;
}

interface StoredConfiguration {
  configuration: TargetConfiguration | null;
  revision: number;
}

function toCheckout(row: IpRow): Checkout | null {
  if (row.checkout_id === null) return null;
  return {
    id: row.checkout_id,
    grantedAtMs: row.granted_at_ms ?? 0,
    lapsesAtMs: row.lapses_at_ms ?? 0,
    holdMs: row.hold_ms ?? 0,
    queueMs: row.queue_ms ?? 0,
  };
}

function toIp(row: IpRow): RotatingIp {
  return {
    ...createRotatingIp(row.address),
    provider: row.provider,
    proxyId: row.proxy_id,
    checkout: toCheckout(row),
    heldUntilMs: row.held_until_ms,
    quarantinedUntilMs: row.quarantined_until_ms,
    failures: row.failures,
    useSequence: row.use_sequence,
    counts: JSON.parse(row.counts),
  };
}

function readValue<Value>(sql: SqlStorage, name: 'configuration' | 'totals'): Value | null {
  const [row] = sql.exec<{ value: string }>('SELECT value FROM rotation WHERE name = ?', name).toArray();
  return row ? JSON.parse(row.value) : null;
}

function writeValue(sql: SqlStorage, name: 'configuration' | 'totals', value: unknown): void {
  sql.exec('REPLACE INTO rotation (name, value) VALUES (?, ?)', name, JSON.stringify(value));
}

export function readRotation(sql: SqlStorage): StoredRotation {
  const stored = readValue<StoredConfiguration>(sql, 'configuration');
  return {
    configuration: stored?.configuration ?? null,
    revision: stored?.revision ?? 0,
    ips: sql.exec<IpRow>('SELECT * FROM ips').toArray().map(toIp),
    totals: readValue<TargetTotals>(sql, 'totals'),
  };
}

function writeIp(sql: SqlStorage, ip: RotatingIp): void {
  sql.exec(
    `REPLACE INTO ips (address, provider, proxy_id, use_sequence, failures, held_until_ms, quarantined_until_ms,
       checkout_id, granted_at_ms, lapses_at_ms, hold_ms, queue_ms, counts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ip.address,
    ip.provider,
    ip.proxyId,
    ip.useSequence,
    ip.failures,
    ip.heldUntilMs,
    ip.quarantinedUntilMs,
    ip.checkout?.id ?? null,
    ip.checkout?.grantedAtMs ?? null,
    ip.checkout?.lapsesAtMs ?? null,
    ip.checkout?.holdMs ?? null,
    ip.checkout?.queueMs ?? null,
    JSON.stringify(ip.counts),
  );
}

function writeAddress(sql: SqlStorage, state: RotationState, address: string): void {
  const ip = state.ips.get(address);
  if (ip && ip.useSequence > 0) writeIp(sql, ip);
  else sql.exec('DELETE FROM ips WHERE address = ?', address);
}

/** Performs what a command wants stored, all of it or nothing. Each row is written once. */
export function writeRotation(
  storage: DurableObjectStorage,
  state: RotationState,
  writes: readonly RotationWrite[],
): void {
  const { sql } = storage;
  const [first] = writes;
  // The usual case, one row by one statement, needs no transaction.
  if (writes.length === 1 && first?.kind === 'ip') {
    writeAddress(sql, state, first.ip.address);
    return;
  }
  const kinds = new Set(writes.map(({ kind }) => kind));
  const addresses = new Set(
    writes.flatMap((write) => {
      if (write.kind === 'ip') return [write.ip.address];
      return write.kind === 'remove_ip' ? [write.address] : [];
    }),
  );
  storage.transactionSync(() => {
    if (kinds.has('configuration')) {
      const { configuration, revision } = state;
      writeValue(sql, 'configuration', { configuration, revision } satisfies StoredConfiguration);
    }
    if (kinds.has('totals')) writeValue(sql, 'totals', state.totals);
    for (const address of addresses) writeAddress(sql, state, address);
  });
}
