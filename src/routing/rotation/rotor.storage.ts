import type { TargetConfiguration } from './rotation.types.ts';
import {
  createRotatingIp,
  type RotatingIp,
  type RotationState,
  type RotationWrite,
  type StoredRotation,
  type TargetTotals,
} from './rotation-state.model.ts';

/** What is stored of an IP, as JSON: what its configuration and its lists don't say. */
type StoredIp = Omit<RotatingIp, 'address' | 'position' | 'place'>;

interface IpRow extends Record<string, SqlStorageValue> {
  address: string;
  state: string;
}

interface StoredConfiguration {
  configuration: TargetConfiguration | null;
  revision: number;
}

function toIp({ address, state }: IpRow): RotatingIp {
  const stored: StoredIp = JSON.parse(state);
  return { ...createRotatingIp(address), ...stored };
}

function toStored(ip: RotatingIp): StoredIp {
  const { provider, proxyId, useSequence, failures, heldUntilMs, quarantinedUntilMs, checkout, counts } = ip;
  return { provider, proxyId, useSequence, failures, heldUntilMs, quarantinedUntilMs, checkout, counts };
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
    ips: sql.exec<IpRow>('SELECT address, state FROM ip_states').toArray().map(toIp),
    totals: readValue<TargetTotals>(sql, 'totals'),
  };
}

/** Rows of one statement: their text stays far below the 2 MB that a value may have. */
const MAX_ROWS_A_STATEMENT = 500;

/** One call for all rows of a turn costs little more than one for each. */
const REPLACE_STATES = 'REPLACE INTO ip_states (address, state) SELECT key, value FROM json_each(?)';
const DELETE_STATES = 'DELETE FROM ip_states WHERE address IN (SELECT key FROM json_each(?))';

/** What is to be executed for these rows. */
function statementsFor(statement: string, rows: readonly (readonly [address: string, state: StoredIp | null])[]) {
  const count = Math.ceil(rows.length / MAX_ROWS_A_STATEMENT);
  return Array.from({ length: count }, (_, index): [statement: string, rows: string] => {
    const from = index * MAX_ROWS_A_STATEMENT;
    return [statement, JSON.stringify(Object.fromEntries(rows.slice(from, from + MAX_ROWS_A_STATEMENT)))];
  });
}

/** Those of these addresses as they are in memory: without a use there is nothing to be known of them. */
function statementsOf(state: RotationState, addresses: ReadonlySet<string>): [statement: string, rows: string][] {
  const rows: [string, StoredIp][] = [];
  const gone: [string, null][] = [];
  for (const address of addresses) {
    const ip = state.ips.get(address);
    if (ip && ip.useSequence > 0) rows.push([address, toStored(ip)]);
    else gone.push([address, null]);
  }
  return [...statementsFor(REPLACE_STATES, rows), ...statementsFor(DELETE_STATES, gone)];
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
