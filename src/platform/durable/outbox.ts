import { createId } from '../ids.ts';

/** Events kept for the notifiers; beyond it the oldest go, so that a stopped notifier can't fill the object. */
export const MAX_OUTBOX_ROWS = 10_000;

export interface OutboxEvent {
  /** For example `lease.expired`. */
  type: string;
  /** JSON values only; never a secret. */
  payload: Readonly<Record<string, unknown>>;
  createdAtMs: number;
}

export interface OutboxRow extends OutboxEvent {
  position: number;
  /** Constant over redeliveries: receivers drop doubles by it. */
  eventId: string;
}

/** Schema step of an object that has an outbox. */
export const OUTBOX_STATEMENTS = `
  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  );
`;

/** Appends an event, inside the transaction of what it tells of: one row written. */
export function appendToOutbox(sql: SqlStorage, event: OutboxEvent): void {
  const { position } = sql
    .exec<{ position: number }>(
      'INSERT INTO outbox (event_id, type, payload, created_at_ms) VALUES (?, ?, ?, ?) RETURNING position',
      createId(),
      event.type,
      JSON.stringify(event.payload),
      event.createdAtMs,
    )
    .one();
  sql.exec('DELETE FROM outbox WHERE position <= ?', position - MAX_OUTBOX_ROWS);
}

interface StoredEvent extends Record<string, SqlStorageValue> {
  position: number;
  event_id: string;
  type: string;
  payload: string;
  created_at_ms: number;
}

/** The oldest events. They stay until `removeFromOutbox`: delivery is at least once. */
export function readOutbox(sql: SqlStorage, limit: number): OutboxRow[] {
  return sql
    .exec<StoredEvent>('SELECT * FROM outbox ORDER BY position LIMIT ?', limit)
    .toArray()
    .map((row) => ({
      position: row.position,
      eventId: row.event_id,
      type: row.type,
      payload: JSON.parse(row.payload),
      createdAtMs: row.created_at_ms,
    }));
}

/** Whether there is anything to hand on. */
export function hasOutboxRows(sql: SqlStorage): boolean {
  return sql.exec('SELECT 1 FROM outbox LIMIT 1').toArray().length > 0;
}

/**
 * Removes all events up to a position that were handed on. For one drain at a time: an empty outbox begins again at its
 * first position, which a second drain would take for its own.
 */
export function removeFromOutbox(sql: SqlStorage, throughPosition: number): void {
  sql.exec('DELETE FROM outbox WHERE position <= ?', throughPosition);
}
