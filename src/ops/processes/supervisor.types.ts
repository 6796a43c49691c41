import type { ProcessName } from './process-names.ts';

/** What runs a process: its cron jobs together, or the consumer of a queue by its name. */
export type Runner = string;

export interface RunReport {
  process: ProcessName;
  runner: Runner;
  isOk: boolean;
  /** What it did, or why it failed: a line for people, without secrets. */
  output: string;
}

export interface RunnerState {
  lastRunAtMs: number;
  lastOutput: string;
  /** Failed runs in a row. */
  failures: number;
}

/** A process that failed too often: when it may be tried again, and which runner has to succeed then. */
export interface CrashState {
  runner: Runner;
  retryAtMs: number;
  /** Crashes in a row. */
  crashes: number;
}

export interface ProcessState {
  isWanted: boolean;
  /** Counts starts. */
  pid: number;
  startedAtMs: number;
  restarts: number;
  crash: CrashState | null;
  runs: Record<Runner, RunnerState>;
}

/** All that the supervisor keeps: JSON. */
export interface SupervisorState {
  startedAtMs: number;
  /** When the shutdown began; null: there is none. */
  drainingSinceMs: number | null;
  processes: Record<ProcessName, ProcessState>;
}

export const processStatuses = ['running', 'stopped', 'starting', 'stopping', 'crashed'] as const;
export type ProcessStatus = (typeof processStatuses)[number];
export type ProcessHealth = 'healthy' | 'unhealthy' | 'unknown';

export interface ProcessView {
  name: ProcessName;
  status: ProcessStatus;
  pid: number;
  uptimeMs: number;
  restarts: number;
  health: ProcessHealth;
  lastCheckAtMs: number | null;
  lastOutput: string;
  consecutiveFailures: number;
  /** Whether its jobs and consumers may work now. */
  mayRun: boolean;
}

export interface SupervisorView {
  uptimeMs: number;
  drainingSinceMs: number | null;
  processes: ProcessView[];
}

/** Why a command was refused. */
export type CommandRefusal = 'PROCESS_ALREADY_RUNNING' | 'PROCESS_NOT_RUNNING' | 'SHUTDOWN_IN_PROGRESS';
export type CommandResult = { ok: true } | { ok: false; code: CommandRefusal };
export type ProcessCommand = 'start' | 'stop' | 'restart';
