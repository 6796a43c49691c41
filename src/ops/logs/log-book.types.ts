import type { LogLevel } from '../../platform/log/logger.ts';

/** The product's background jobs (contract, "Ops face"). */
export const processNames = [
  'scraper',
  'validator',
  'lease-reaper',
  'telemetry-rollup',
  'notifier',
  'retention',
] as const;
export type ProcessName = (typeof processNames)[number];

export interface ProcessLogLine {
  process: ProcessName;
  level: LogLevel;
  message: string;
  atMs: number;
}
