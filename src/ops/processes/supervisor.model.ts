import { type ProcessName, processNames } from './process-names.ts';
import type {
  CommandResult,
  ProcessCommand,
  ProcessHealth,
  ProcessState,
  ProcessStatus,
  ProcessView,
  RunnerState,
  RunReport,
  SupervisorState,
  SupervisorView,
} from './supervisor.types.ts';

/** Failed runs in a row that make a crash (the contract's 5). */
export const CRASH_AFTER_FAILURES = 5;
/** Pause after a first crash; each further one in a row is twice as long. */
export const CRASH_BACKOFF_MS = 60_000;
export const MAX_CRASH_BACKOFF_MS = 60 * 60_000;
/** Cron runs every process each minute: one that was not heard of for longer says nothing about its health. */
export const RUN_IS_STALE_AFTER_MS = 5 * 60_000;
/** Runners of a process are cron and its queues; a name that is made up can't fill the state. */
const MAX_RUNNERS = 10;
/** A line for people; it travels in a header field. */
export const MAX_OUTPUT_CHARACTERS = 300;

const accepted: CommandResult = { ok: true };

function newProcess(nowMs: number): ProcessState {
  return { isWanted: true, pid: 1, startedAtMs: nowMs, restarts: 0, crash: null, runs: {} };
}

/** As a deployment begins: every process runs. */
export function newSupervisorState(nowMs: number): SupervisorState {
  return withAllProcesses({ startedAtMs: nowMs, drainingSinceMs: null, processes: {} }, nowMs);
}

/** A stored state with the processes that are newer than it. */
export function withAllProcesses(
  state: Omit<SupervisorState, 'processes'> & { processes: Partial<SupervisorState['processes']> },
  nowMs: number,
): SupervisorState {
  const all = processNames.map((name) => [name, state.processes[name] ?? newProcess(nowMs)]);
  return { ...state, processes: Object.fromEntries(all) };
}

function begin(process: ProcessState, nowMs: number): void {
  process.isWanted = true;
  process.pid += 1;
  process.startedAtMs = nowMs;
  process.crash = null;
  // What an earlier life did says nothing about this one.
  process.runs = {};
}

function isDown(process: ProcessState): boolean {
  return !process.isWanted || process.crash !== null;
}

/** Does a command, or says why not. A crashed process can be started, stopped and restarted. */
export function command(state: SupervisorState, name: ProcessName, what: ProcessCommand, nowMs: number): CommandResult {
  const process = state.processes[name];
  if (state.drainingSinceMs !== null) {
    return { ok: false, code: what === 'stop' ? 'PROCESS_NOT_RUNNING' : 'SHUTDOWN_IN_PROGRESS' };
  }
  if (what === 'start') {
    if (!isDown(process)) return { ok: false, code: 'PROCESS_ALREADY_RUNNING' };
    begin(process, nowMs);
  } else if (what === 'stop') {
    if (!process.isWanted) return { ok: false, code: 'PROCESS_NOT_RUNNING' };
    process.isWanted = false;
    process.crash = null;
  } else {
    // To restart what is stopped is to start it, and counts as no restart.
    if (process.isWanted) process.restarts += 1;
    begin(process, nowMs);
  }
  return accepted;
}

function crashAgain(process: ProcessState, runner: string, nowMs: number): void {
  const crashes = (process.crash?.crashes ?? 0) + 1;
  const pauseMs = Math.min(CRASH_BACKOFF_MS * 2 ** (crashes - 1), MAX_CRASH_BACKOFF_MS);
  process.crash = { runner, crashes, retryAtMs: nowMs + pauseMs };
}

/** A run of what had crashed and was let try again: its first report decides. */
function judgeTrial(process: ProcessState, { runner, isOk }: RunReport, nowMs: number): void {
  const { crash } = process;
  if (crash === null || crash.runner !== runner || nowMs < crash.retryAtMs) return;
  process.pid += 1;
  process.restarts += 1;
  process.startedAtMs = nowMs;
  if (isOk) process.crash = null;
  else crashAgain(process, runner, nowMs);
}

/** Takes in how runs went. What a stopped process had begun before is no news of it. */
export function report(state: SupervisorState, reports: readonly RunReport[], nowMs: number): void {
  for (const run of reports) {
    const process = state.processes[run.process];
    if (!process?.isWanted) continue;
    const before = process.runs[run.runner];
    if (!before && Object.keys(process.runs).length >= MAX_RUNNERS) continue;
    const failures = run.isOk ? 0 : (before?.failures ?? 0) + 1;
    process.runs[run.runner] = {
      lastRunAtMs: nowMs,
      lastOutput: run.output.slice(0, MAX_OUTPUT_CHARACTERS).toWellFormed(),
      failures,
    };
    if (process.crash !== null) judgeTrial(process, run, nowMs);
    else if (failures >= CRASH_AFTER_FAILURES) crashAgain(process, run.runner, nowMs);
  }
}

/** Stops everything until `resume`. A second time changes nothing. */
export function shutDown(state: SupervisorState, nowMs: number): void {
  state.drainingSinceMs ??= nowMs;
}

/** Starts again what the shutdown stopped; what was stopped by itself before stays so. Without a shutdown nothing changes. */
export function resume(state: SupervisorState, nowMs: number): void {
  if (state.drainingSinceMs === null) return;
  state.drainingSinceMs = null;
  state.startedAtMs = nowMs;
  for (const process of Object.values(state.processes)) if (process.isWanted) begin(process, nowMs);
}

function statusOf(state: SupervisorState, process: ProcessState, nowMs: number): ProcessStatus {
  if (state.drainingSinceMs !== null || !process.isWanted) return 'stopped';
  if (process.crash === null) return 'running';
  return nowMs < process.crash.retryAtMs ? 'crashed' : 'starting';
}

function healthOf(runs: readonly RunnerState[], nowMs: number): ProcessHealth {
  const fresh = runs.filter(({ lastRunAtMs }) => nowMs - lastRunAtMs <= RUN_IS_STALE_AFTER_MS);
  if (runs.some(({ failures }) => failures > 0)) return 'unhealthy';
  return fresh.length === 0 ? 'unknown' : 'healthy';
}

function processView(state: SupervisorState, name: ProcessName, nowMs: number): ProcessView {
  const process = state.processes[name];
  const status = statusOf(state, process, nowMs);
  const mayRun = status === 'running' || status === 'starting';
  const runs = Object.values(process.runs).sort((left, right) => right.lastRunAtMs - left.lastRunAtMs);
  // Of several runners the one that fails is of interest.
  const shown = runs.find(({ failures }) => failures > 0) ?? runs[0];
  return {
    name,
    status,
    mayRun,
    pid: process.pid,
    uptimeMs: mayRun ? Math.max(0, nowMs - process.startedAtMs) : 0,
    restarts: process.restarts,
    health: healthOf(runs, nowMs),
    lastCheckAtMs: shown?.lastRunAtMs ?? null,
    lastOutput: shown?.lastOutput ?? '',
    consecutiveFailures: Math.max(0, ...runs.map(({ failures }) => failures)),
  };
}

/** What people and gates see of it at a moment. */
export function viewOf(state: SupervisorState, nowMs: number): SupervisorView {
  return {
    uptimeMs: Math.max(0, nowMs - state.startedAtMs),
    drainingSinceMs: state.drainingSinceMs,
    processes: processNames.map((name) => processView(state, name, nowMs)),
  };
}
