import type { Clock } from '../../platform/clock.ts';
import { callStub } from '../../platform/durable/stub-call.ts';
import { describeError, type Logger, type LogLevel } from '../../platform/log/logger.ts';
import { redactText } from '../../platform/log/redact.ts';
import type { ProcessName } from '../processes/process-names.ts';
import type { LogBook } from './log-book.do.ts';
import type { LinePage, ProcessLogLine } from './log-book.types.ts';

/** The one object that keeps the process logs. */
export const PROCESS_LOG = 'processes';
/** A longer line is cut: a log line is no dump. */
const MAX_LINE_CHARACTERS = 2_000;

export function createProcessLog(namespace: DurableObjectNamespace<LogBook>, clock: Clock, logger: Logger) {
  return {
    /** Adds a line to a process's log. A log that can't be written is logged itself and hinders nothing. */
    async append(process: ProcessName, level: LogLevel, message: string): Promise<void> {
      const line: ProcessLogLine = {
        process,
        level,
        message: redactText(message).slice(0, MAX_LINE_CHARACTERS),
        atMs: clock.nowMs(),
      };
      logger[level](line.message, { process });
      await callStub(
        () => namespace.getByName(PROCESS_LOG),
        (stub) => stub.append([line]),
      ).catch((error: unknown) => logger.error('process log not written', { process, ...describeError(error) }));
    },

    /** The newest lines of some processes (null: of all), oldest first. */
    newest(processes: readonly ProcessName[] | null, maxLines: number): Promise<LinePage> {
      return callStub(
        () => namespace.getByName(PROCESS_LOG),
        async (stub): Promise<LinePage> => stub.newest(processes && [...processes], maxLines),
      );
    },
  };
}

export type ProcessLog = ReturnType<typeof createProcessLog>;
