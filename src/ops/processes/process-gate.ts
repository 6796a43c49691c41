import type { ProcessName } from '../logs/log-book.types.ts';

/** What every background job asks before it begins. */
export interface ProcessGate {
  isRunning(process: ProcessName): Promise<boolean>;
}

/** The gate as the variable STOPPED_PROCESSES sets it. */
export function createProcessGate(stopped: ReadonlySet<string>): ProcessGate {
  return { isRunning: async (process) => !stopped.has(process) };
}
