import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { Feeds, NewMessage } from '../../sessions/feed/feed.client.ts';
import type { ProcessLog } from '../logs/log-book.client.ts';
import { createCachedView, type GateCache } from './cached-view.ts';
import type { ProcessName } from './process-names.ts';
import type { ProcessSupervisor } from './supervisor.client.ts';
import { CRASH_AFTER_FAILURES } from './supervisor.model.ts';
import type { ProcessCommand, ProcessView, RunReport, SupervisorView } from './supervisor.types.ts';

/** A runner that works says so once in this time; failures are told at once. */
export const QUIET_REPORT_MS = 30_000;

const CRASHED = `crashed: ${CRASH_AFTER_FAILURES} failed runs in a row, or one after a crash; tried again after a pause`;
const DONE: Record<ProcessCommand, string> = { start: 'started', stop: 'stopped', restart: 'restarted' };

interface Dependencies {
  supervisor: ProcessSupervisor;
  clock: Clock;
  logger: Logger;
  cache: GateCache;
  processLog: Pick<ProcessLog, 'append'>;
  /** Who listens hears of processes that change. */
  feeds: Pick<Feeds, 'tellInventory'>;
}

function newsOf({ name, status, pid, restarts, health }: ProcessView): NewMessage {
  return { type: 'process_status', data: { process: name, status, pid, restarts, health } };
}

/** What differs from what was known a moment before; without that nothing does. */
function changesOf(before: SupervisorView | null, after: SupervisorView): ProcessView[] {
  return after.processes.filter(({ name, status, health }) => {
    const known = before?.processes.find((process) => process.name === name);
    return known !== undefined && (known.status !== status || known.health !== health);
  });
}

/** What every background job and every new lease or forward asks before it begins. */
export function createProcessGate({ supervisor, clock, logger, cache, processLog, feeds }: Dependencies) {
  const view = createCachedView({ supervisor, clock, logger, cache });

  function isQuiet({ process, runner, isOk }: RunReport, nowMs: number): boolean {
    const told = cache.toldAtMs.get(`${process} ${runner}`) ?? Number.NEGATIVE_INFINITY;
    const isHealthy = cache.view?.processes.find(({ name }) => name === process)?.health === 'healthy';
    return isOk && isHealthy && nowMs - told < QUIET_REPORT_MS;
  }

  return {
    /**
     * Whether the jobs and consumers of a process may work. Throws `UNAVAILABLE` when the supervisor can't be asked: a run
     * that does not happen costs nothing, since its rows stay due.
     */
    async isRunning(process: ProcessName): Promise<boolean> {
      const { processes } = await view.current();
      return processes.some(({ name, mayRun }) => name === process && mayRun);
    },

    async isDraining(): Promise<boolean> {
      return ((await view.inTime())?.drainingSinceMs ?? null) !== null;
    },

    /** Refuses new leases and forwards during a shutdown (503). While the supervisor can't be asked they go on. */
    async assertAccepting(): Promise<void> {
      if (await this.isDraining()) throw appError('SHUTDOWN_IN_PROGRESS');
    },

    /** Tells how runs went; what goes well is told now and then only. Never throws. */
    async report(reports: readonly RunReport[]): Promise<void> {
      const nowMs = clock.nowMs();
      const news = reports.filter((run) => !isQuiet(run, nowMs));
      if (news.length === 0) return;
      try {
        const before = cache.view;
        const after = view.learn(await supervisor.report(news));
        const changes = changesOf(before, after);
        feeds.tellInventory(changes.map(newsOf));
        for (const { name } of changes.filter(({ status }) => status === 'crashed')) {
          await processLog.append(name, 'error', CRASHED);
        }
        for (const { process, runner, isOk } of news) {
          cache.toldAtMs.set(`${process} ${runner}`, isOk ? nowMs : Number.NEGATIVE_INFINITY);
        }
      } catch (error) {
        logger.error('runs not reported to the supervisor', describeError(error));
      }
    },

    /** After a command to a process: what became of it holds here at once, and who listens hears of it. Never throws. */
    async commanded(name: ProcessName, what: ProcessCommand): Promise<void> {
      view.forget();
      try {
        const { processes } = await view.current();
        const changed = processes.filter((process) => process.name === name);
        feeds.tellInventory(changed.map(newsOf));
        for (const { pid } of changed) await processLog.append(name, 'info', `${DONE[what]} (pid ${pid})`);
      } catch (error) {
        logger.warn('a command is not told of', describeError(error));
      }
    },

    /** What a command has just made of it, so that it holds here at once. */
    learn: view.learn,
    /** Forgets what is known, so that the next question goes to the supervisor. */
    forget: view.forget,
  };
}

export type ProcessGate = ReturnType<typeof createProcessGate>;
