import { toTimestampOrNull } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { ProcessGate } from './process-gate.ts';
import { isProcessName, type ProcessName } from './process-names.ts';
import { commandOf, settingsOf } from './process-settings.ts';
import type { ProcessSupervisor } from './supervisor.client.ts';
import type { ProcessCommand, ProcessView } from './supervisor.types.ts';

interface Dependencies {
  supervisor: ProcessSupervisor;
  gate: ProcessGate;
  env: Env;
}

function toProcessAnswer({ name, status, pid, uptimeMs, restarts, health }: ProcessView) {
  return { name, status, pid, uptime_seconds: Math.floor(uptimeMs / 1_000), restarts, health };
}

function knownProcess(name: string): ProcessName {
  if (!isProcessName(name)) throw appError('PROCESS_NOT_FOUND');
  return name;
}

/** The ops face's processes. */
export function createProcessesService({ supervisor, gate, env }: Dependencies) {
  return {
    async list() {
      const { processes } = await supervisor.view();
      return { processes: processes.map(toProcessAnswer) };
    },

    async get(name: string) {
      const known = knownProcess(name);
      const { processes } = await supervisor.view();
      const process = processes.find((candidate) => candidate.name === known);
      if (!process) throw appError('PROCESS_NOT_FOUND');
      return {
        ...toProcessAnswer(process),
        healthcheck: {
          enabled: true,
          last_check: toTimestampOrNull(process.lastCheckAtMs),
          last_output: process.lastOutput,
          consecutive_failures: process.consecutiveFailures,
        },
        cmd: commandOf(known),
        env: settingsOf(known, env),
      };
    },

    /** 404 `PROCESS_NOT_FOUND`; 409 `PROCESS_ALREADY_RUNNING | PROCESS_NOT_RUNNING`; 503 `SHUTDOWN_IN_PROGRESS`. */
    async command(name: string, what: ProcessCommand) {
      const known = knownProcess(name);
      const result = await supervisor.command(known, what);
      if (!result.ok) throw appError(result.code);
      await gate.commanded(known, what);
      return { success: true as const };
    },
  };
}

export type ProcessesService = ReturnType<typeof createProcessesService>;
