import type { Clock } from '../../platform/clock.ts';
import type { Feeds } from '../../sessions/feed/feed.client.ts';
import type { ProcessLog } from '../logs/log-book.client.ts';
import type { ProcessGate } from '../processes/process-gate.ts';
import type { ProcessSupervisor } from '../processes/supervisor.client.ts';
import type { ProcessView, SupervisorView } from '../processes/supervisor.types.ts';

/** Nothing configures the supervisor but this file. */
const CONFIG_FILE = 'wrangler.toml';
const API_VERSION = 'v1';

interface Dependencies {
  supervisor: ProcessSupervisor;
  gate: ProcessGate;
  processLog: Pick<ProcessLog, 'append'>;
  clock: Clock;
  feeds: Pick<Feeds, 'tellInventory'>;
  drainMs: number;
  /** Each counts what still runs of one kind: live leases, checkouts. */
  liveWork: readonly (() => Promise<number>)[];
}

/** The whole service's state: running, stopping until what is live has ended, stopped. */
export function createShutdownService({ supervisor, gate, processLog, clock, feeds, drainMs, liveWork }: Dependencies) {
  async function isDrained(drainingSinceMs: number): Promise<boolean> {
    if (clock.nowMs() - drainingSinceMs < drainMs) return false;
    const counts = await Promise.all(liveWork.map((count) => count()));
    return counts.every((count) => count === 0);
  }

  /** Who listens hears of it, and the processes' logs say so, when a command has changed anything. */
  async function tell(before: SupervisorView, after: SupervisorView, line: (process: ProcessView) => string) {
    const isDraining = after.drainingSinceMs !== null;
    if (isDraining === (before.drainingSinceMs !== null)) return;
    feeds.tellInventory([{ type: 'supervisor_status', data: { status: isDraining ? 'stopping' : 'running' } }]);
    const touched = (isDraining ? before : after).processes.filter(({ mayRun }) => mayRun);
    await Promise.all(touched.map((process) => processLog.append(process.name, 'info', line(process))));
  }

  return {
    async status() {
      const { drainingSinceMs, uptimeMs } = gate.learn(await supervisor.view());
      const halted = drainingSinceMs !== null && (await isDrained(drainingSinceMs)) ? 'stopped' : 'stopping';
      return {
        status: drainingSinceMs === null ? ('running' as const) : (halted as 'stopped' | 'stopping'),
        uptime_seconds: Math.floor(uptimeMs / 1_000),
        config_file: CONFIG_FILE,
        api_version: API_VERSION,
      };
    },

    /** Stops the processes and refuses new leases and forwards; what is live ends by itself. A repeat changes nothing. */
    async shutDown() {
      const before = await supervisor.view();
      const after = gate.learn(await supervisor.shutDown());
      await tell(before, after, () => 'stopped: the service shuts down');
      return { success: true as const };
    },

    /** Brings back what the shutdown stopped. A repeat changes nothing. */
    async resume() {
      const before = await supervisor.view();
      const after = gate.learn(await supervisor.resume());
      await tell(before, after, ({ pid }) => `started (pid ${pid}): the service goes on`);
      return { success: true as const };
    },
  };
}

export type ShutdownService = ReturnType<typeof createShutdownService>;
