import type { ProcessName } from '../processes/process-names.ts';
import type { KeptLine, LinePage, ProcessLogLine } from './log-book.types.ts';

/** Kept of each process, newest first (contract, "Ops face": at least 1,000). */
export const MAX_LINES_PER_PROCESS = 1_000;
/** Trimmed only this far beyond the limit, so that most appends delete nothing. */
const TRIM_SLACK_LINES = 100;

export const LINE_RING_STATEMENTS = `CREATE TABLE lines (
      id INTEGER PRIMARY KEY AUTOINCREMENT, process TEXT NOT NULL, level TEXT NOT NULL,
      message TEXT NOT NULL, at_ms INTEGER NOT NULL
    );
    CREATE INDEX lines_by_process ON lines (process, id);`;

const COLUMNS = 'id AS position, process, level, message, at_ms AS atMs';
/** Processes are a JSON list, or null for all. */
const OF_PROCESSES = '(?1 IS NULL OR process IN (SELECT value FROM json_each(?1)))';

/** The process logs, in an object's own database. */
export function createLineRing(sql: SqlStorage) {
  function trim(process: ProcessName): void {
    const { kept } = sql.exec<{ kept: number }>('SELECT COUNT(*) AS kept FROM lines WHERE process = ?', process).one();
    if (kept <= MAX_LINES_PER_PROCESS + TRIM_SLACK_LINES) return;
    sql.exec(
      'DELETE FROM lines WHERE process = ?1 AND id <= (SELECT id FROM lines WHERE process = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)',
      process,
      MAX_LINES_PER_PROCESS,
    );
  }

  return {
    append(lines: readonly ProcessLogLine[]): KeptLine[] {
      const kept = lines.map((line): KeptLine => {
        const { position } = sql
          .exec<{ position: number }>(
            'INSERT INTO lines (process, level, message, at_ms) VALUES (?, ?, ?, ?) RETURNING id AS position',
            line.process,
            line.level,
            line.message,
            line.atMs,
          )
          .one();
        return { ...line, position };
      });
      for (const process of new Set(lines.map((line) => line.process))) trim(process);
      return kept;
    },

    /** The newest lines of some processes (null: of all), oldest first. */
    newest(processes: readonly ProcessName[] | null, maxLines: number): LinePage {
      const wanted = processes && JSON.stringify(processes);
      const lines = sql
        .exec<KeptLine & Record<string, SqlStorageValue>>(
          `SELECT ${COLUMNS} FROM lines WHERE ${OF_PROCESSES} ORDER BY id DESC LIMIT ?2`,
          wanted,
          maxLines,
        )
        .toArray();
      const { total } = sql
        .exec<{ total: number }>(`SELECT COUNT(*) AS total FROM lines WHERE ${OF_PROCESSES}`, wanted)
        .one();
      return { lines: lines.reverse(), totalCount: total };
    },

    /** What came after a position, oldest first. */
    after(position: number, processes: readonly ProcessName[] | null): KeptLine[] {
      return sql
        .exec<KeptLine & Record<string, SqlStorageValue>>(
          `SELECT ${COLUMNS} FROM lines WHERE ${OF_PROCESSES} AND id > ?2 ORDER BY id`,
          processes && JSON.stringify(processes),
          position,
        )
        .toArray();
    },

    lastPosition(): number {
      return sql.exec<{ last: number | null }>('SELECT MAX(id) AS last FROM lines').one().last ?? 0;
    },

    /** Whether lines of these processes after a position may be gone already. */
    hasForgotten(position: number, processes: readonly ProcessName[] | null): boolean {
      return (
        sql
          .exec(
            `SELECT 1 FROM lines WHERE ${OF_PROCESSES} GROUP BY process HAVING COUNT(*) >= ?2 AND MIN(id) > ?3 + 1`,
            processes && JSON.stringify(processes),
            MAX_LINES_PER_PROCESS,
            position,
          )
          .toArray().length > 0
      );
    },
  };
}

export type LineRing = ReturnType<typeof createLineRing>;
