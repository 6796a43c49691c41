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

/** Rows of one statement: their text stays far below the 2 MB that a value may have. */
const MAX_ROWS_A_STATEMENT = 500;

/** The columns of `ips` in their order, as JSON: one call for all rows of a turn costs little more than one for each. */
function toRow(ip: RotatingIp): readonly unknown[] {
  const { id, grantedAtMs, lapsesAtMs, holdMs, queueMs } = ip.checkout ?? NO_CHECKOUT;
  const { address, provider, proxyId, useSequence, failures, heldUntilMs, quarantinedUntilMs, counts } = ip;
  const use = [useSequence, failures, heldUntilMs, quarantinedUntilMs];
  return [address, provider, proxyId, ...use, id, grantedAtMs, lapsesAtMs, holdMs, queueMs, counts];
}

const NO_CHECKOUT = { id: null, grantedAtMs: null, lapsesAtMs: null, holdMs: null, queueMs: null };

const REPLACE_IPS = `
  REPLACE INTO ips (address, provider, proxy_id, use_sequence, failures, held_until_ms, quarantined_until_ms,
    checkout_id, granted_at_ms, lapses_at_ms, hold_ms, queue_ms, counts)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
    value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12 FROM json_each(?)`;

const DELETE_IPS = 'DELETE FROM ips WHERE address IN (SELECT value FROM json_each(?))';

/** What is to be executed for these rows. */
function statementsFor(statement: string, rows: readonly unknown[]): [statement: string, rows: string][] {
  const count = Math.ceil(rows.length / MAX_ROWS_A_STATEMENT);
  return Array.from({ length: count }, (_, index) => {
    const from = index * MAX_ROWS_A_STATEMENT;
    return [statement, JSON.stringify(rows.slice(from, from + MAX_ROWS_A_STATEMENT))];
  });
}

/** Those of these addresses as they are in memory: without a use there is nothing to be known of them. */
function statementsOf(state: RotationState, addresses: ReadonlySet<string>): [statement: string, rows: string][] {
  const rows: (readonly unknown[])[] = [];
  const gone: string[] = [];
  for (const address of addresses) {
    const ip = state.ips.get(address);
    if (ip && ip.useSequence > 0) rows.push(toRow(ip));
    else gone.push(address);
  }
  return [...statementsFor(REPLACE_IPS, rows), ...statementsFor(DELETE_IPS, gone)];
}

/** Performs what commands want stored, all of it or nothing. Each row is written once. */
export function writeRotation(
  storage: DurableObjectStorage,
  state: RotationState,
  writes: readonly RotationWrite[],
): void {
  const { sql } = storage;
  const kinds = new Set(writes.map(({ kind }) => kind));
  const addresses = new Set<string>();
  for (const write of writes) {
    if (write.kind === 'ip') addresses.add(write.ip.address);
    else if (write.kind === 'remove_ip') addresses.add(write.address);
  }
  const statements = statementsOf(state, addresses);
  const [only] = statements;
  // The usual case, one statement, needs no transaction.
  if (only !== undefined && statements.length === 1 && !kinds.has('configuration') && !kinds.has('totals')) {
    sql.exec(...only);
    return;
  }
  storage.transactionSync(() => {
    if (kinds.has('configuration')) {
      const { configuration, revision } = state;
      writeValue(sql, 'configuration', { configuration, revision } satisfies StoredConfiguration);
    }
    if (kinds.has('totals')) writeValue(sql, 'totals', state.totals);
    for (const statement of statements) sql.exec(...statement);
  });
}
