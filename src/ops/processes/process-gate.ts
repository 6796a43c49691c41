import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { ProcessName } from './process-names.ts';
import type { ProcessSupervisor } from './supervisor.client.ts';
import type { ProcessView, RunReport, SupervisorView } from './supervisor.types.ts';

/** An isolate asks the supervisor once in this time, so that a flag is seen within the contract's 2 s. */
export const GATE_CACHE_MS = 1_500;
/** Who serves requests does not wait longer for the answer: nobody is to hang on the supervisor. */
const ANSWER_TIMEOUT_MS = 1_000;
/** A runner that works says so once in this time; failures are told at once. */
export const QUIET_REPORT_MS = 30_000;

/** What an isolate knows of the supervisor. */
export interface GateCache {
  view: SupervisorView | null;
  askedAtMs: number;
  /** When a runner's last good run was told. */
  toldAtMs: Map<string, number>;
}

export function createGateCache(): GateCache {
  return { view: null, askedAtMs: Number.NEGATIVE_INFINITY, toldAtMs: new Map() };
}

interface Dependencies {
  supervisor: ProcessSupervisor;
  clock: Clock;
  logger: Logger;
  cache: GateCache;
}

/** What every background job and every new lease or forward asks before it begins. */
export function createProcessGate({ supervisor, clock, logger, cache }: Dependencies) {
  const learn = (view: SupervisorView): SupervisorView => {
    cache.view = view;
    cache.askedAtMs = clock.nowMs();
    return view;
  };

  /** What was learnt a moment ago; null when it has to be asked for again. */
  function freshView(): SupervisorView | null {
    return clock.nowMs() - cache.askedAtMs < GATE_CACHE_MS ? cache.view : null;
  }

  async function currentView(): Promise<SupervisorView> {
    return freshView() ?? learn(await supervisor.view());
  }

  function viewOfProcess(name: ProcessName): ProcessView | undefined {
    return cache.view?.processes.find((process) => process.name === name);
  }

  /** The answer, or what was known before when there is none in time. */
  async function viewForRequests(): Promise<SupervisorView | null> {
    const known = freshView();
    if (known) return known;
    const timer = new AbortController();
    const asked = currentView().catch((error: unknown) => {
      logger.error('the supervisor does not answer', describeError(error));
      return cache.view;
    });
    const timeUp = scheduler.wait(ANSWER_TIMEOUT_MS, { signal: timer.signal }).then(
      () => cache.view,
      () => cache.view,
    );
    const view = await Promise.race([asked, timeUp]);
    timer.abort();
    return view;
  }

  return {
    /**
     * Whether the jobs and consumers of a process may work. Throws `UNAVAILABLE` when the supervisor can't be asked: a run
     * that does not happen costs nothing, since its rows stay due.
     */
    async isRunning(process: ProcessName): Promise<boolean> {
      const view = await currentView();
      return view.processes.some(({ name, mayRun }) => name === process && mayRun);
    },

    async isDraining(): Promise<boolean> {
      return ((await viewForRequests())?.drainingSinceMs ?? null) !== null;
    },

    /** Refuses new leases and forwards during a shutdown (503). While the supervisor can't be asked they go on. */
    async assertAccepting(): Promise<void> {
      if (await this.isDraining()) throw appError('SHUTDOWN_IN_PROGRESS');
    },

    /** Tells how runs went; what goes well is told now and then only. Never throws. */
    async report(reports: readonly RunReport[]): Promise<void> {
      const nowMs = clock.nowMs();
      const news = reports.filter(({ process, runner, isOk }) => {
        const told = cache.toldAtMs.get(`${process} ${runner}`) ?? Number.NEGATIVE_INFINITY;
        return !isOk || nowMs - told >= QUIET_REPORT_MS || viewOfProcess(process)?.health !== 'healthy';
      });
      if (news.length === 0) return;
      try {
        learn(await supervisor.report(news));
        for (const { process, runner, isOk } of news) {
          cache.toldAtMs.set(`${process} ${runner}`, isOk ? nowMs : Number.NEGATIVE_INFINITY);
        }
      } catch (error) {
        logger.error('runs not reported to the supervisor', describeError(error));
      }
    },

    /** What a command has just made of it, so that it holds here at once. */
    learn,
    /** Forgets what is known, so that the next question goes to the supervisor. */
    forget(): void {
      cache.askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}

export type ProcessGate = ReturnType<typeof createProcessGate>;
