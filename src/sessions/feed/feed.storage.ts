import type { FeedListener } from './feed.types.ts';

/** Messages kept for who comes later. */
export const MAX_TAIL_MESSAGES = 100;
/** And so long at most: who comes a day later reads the lists. */
export const TAIL_KEPT_MS = 24 * 60 * 60 * 1000;
/** What ended is known everywhere after 30 seconds, when caches have forgotten its key and its tickets have lapsed. */
export const ENDED_KEPT_MS = 60 * 60 * 1000;
/** Trimmed only this many rows beyond, so that most messages delete nothing. */
const TRIM_SLACK_ROWS = 50;

interface StatsRow extends Record<string, SqlStorageValue> {
  sent_at: number;
  sent: string;
}

export function createFeedStorage(storage: DurableObjectStorage) {
  const { sql } = storage;
  return {
    /** Appends messages: one row. */
    keep(texts: readonly string[], nowMs: number): void {
      const kept = JSON.stringify(texts.slice(-MAX_TAIL_MESSAGES));
      const { position } = sql
        .exec<{ position: number }>('INSERT INTO tail (texts, kept_at) VALUES (?, ?) RETURNING position', kept, nowMs)
        .one();
      if (position % TRIM_SLACK_ROWS === 0) {
        sql.exec('DELETE FROM tail WHERE position <= ?', position - MAX_TAIL_MESSAGES);
      }
    },

    /** The newest messages, oldest first. */
    newest(count: number): string[] {
      if (count === 0) return [];
      const rows = sql
        .exec<{ texts: string }>('SELECT texts FROM tail ORDER BY position DESC LIMIT ?', count)
        .toArray()
        .reverse();
      return rows.flatMap(({ texts }): string[] => JSON.parse(texts)).slice(-count);
    },

    /** When and with what the last stats_update went out. */
    stats: (): { sentAtMs: number; sent: string } => {
      const { sent_at: sentAtMs, sent } = sql.exec<StatsRow>('SELECT sent_at, sent FROM stats').one();
      return { sentAtMs, sent };
    },
    noteStatsTurn: (sentAtMs: number): void => void sql.exec('UPDATE stats SET sent_at = ?', sentAtMs),
    noteStats: (sent: string): void => void sql.exec('UPDATE stats SET sent = ?', sent),

    /** True when a listener with these tags may come in; its ticket is used up then. */
    admits({ ticket }: FeedListener, tags: readonly string[], nowMs: number): boolean {
      return storage.transactionSync(() => {
        const ended = 'SELECT 1 FROM ended WHERE tag IN (SELECT value FROM json_each(?))';
        if (sql.exec(ended, JSON.stringify(tags)).toArray().length > 0) return false;
        if (ticket === null) return true;
        if (ticket.expiresAtMs <= nowMs) return false;
        sql.exec('DELETE FROM used_tickets WHERE expires_at <= ?', nowMs);
        const { id, expiresAtMs } = ticket;
        const used = sql.exec('SELECT 1 FROM used_tickets WHERE id = ?', id).toArray().length > 0;
        if (!used) sql.exec('INSERT INTO used_tickets (id, expires_at) VALUES (?, ?)', id, expiresAtMs);
        return !used;
      });
    },

    end: (tag: string, nowMs: number): void =>
      void sql.exec('INSERT OR REPLACE INTO ended (tag, ended_at) VALUES (?, ?)', tag, nowMs),
    /** Deletes what is past its time; true when messages are left. */
    forgetOld(nowMs: number): boolean {
      sql.exec('DELETE FROM tail WHERE kept_at <= ?', nowMs - TAIL_KEPT_MS);
      sql.exec('DELETE FROM used_tickets WHERE expires_at <= ?', nowMs);
      sql.exec('DELETE FROM ended WHERE ended_at <= ?', nowMs - ENDED_KEPT_MS);
      return sql.exec('SELECT 1 FROM tail LIMIT 1').toArray().length > 0;
    },

    reopen: (tag: string): void => void sql.exec('DELETE FROM ended WHERE tag = ?', tag),
  };
}

export type FeedStorage = ReturnType<typeof createFeedStorage>;
