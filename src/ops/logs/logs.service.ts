import { toTimestamp } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { isProcessName, type ProcessName } from '../processes/process-names.ts';
import { lineTest, withinLimits } from './line-filter.model.ts';
import type { ProcessLog } from './log-book.client.ts';
import type { KeptLine } from './log-book.types.ts';
import { type ListLogsQuery, type LogFilters, type LogLineAnswer, MAX_LINES } from './logs.schemas.ts';

/** The processes that a list of names means; null: all. 404 `PROCESS_NOT_FOUND` for a name that none has. */
export function wantedProcesses(list: string | undefined): ProcessName[] | null {
  const names = list?.split(',').map((name) => name.trim()) ?? [];
  if (names.length === 0) return null;
  return names.map((name) => {
    if (!isProcessName(name)) throw appError('PROCESS_NOT_FOUND');
    return name;
  });
}

/** A line as logs and their stream show it. */
export function toLogLine({ process, level, message, atMs }: KeptLine): LogLineAnswer {
  const stream = level === 'warn' || level === 'error' ? 'stderr' : 'stdout';
  return { timestamp: toTimestamp(atMs), process, stream, line: message, level };
}

/** What filters ask for, checked; as lists and streams need it. */
export function readLogFilters({ process, pattern, regex }: LogFilters) {
  return { processes: wantedProcesses(process), test: lineTest(pattern, regex) };
}

/** The logs of the background processes. */
export function createLogsService(processLog: ProcessLog) {
  return {
    /** The newest matches within the limits, oldest first. */
    async list(query: ListLogsQuery) {
      const { processes, test } = readLogFilters(query);
      // A pattern is judged here, not in the object: whatever it costs, no other reader and no writer waits for it.
      const page = await processLog.newest(processes, test ? MAX_LINES : query.lines);
      const matches = test ? page.lines.filter(({ message }) => test(message)) : page.lines;
      const shown = withinLimits(matches, query.lines, query.bytes ?? Number.POSITIVE_INFINITY);
      return {
        logs: shown.map(toLogLine),
        filtered_count: shown.length,
        total_count: test ? matches.length : page.totalCount,
      };
    },
  };
}

export type LogsService = ReturnType<typeof createLogsService>;
