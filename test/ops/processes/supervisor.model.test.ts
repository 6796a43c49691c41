import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processNames } from '../../../src/ops/processes/process-names.ts';
import {
  CRASH_AFTER_FAILURES,
  CRASH_BACKOFF_MS,
  command,
  MAX_CRASH_BACKOFF_MS,
  newSupervisorState,
  RUN_IS_STALE_AFTER_MS,
  report,
  resume,
  shutDown,
  viewOf,
  withAllProcesses,
} from '../../../src/ops/processes/supervisor.model.ts';
import type { SupervisorState } from '../../../src/ops/processes/supervisor.types.ts';

const START_MS = 1_000_000;

/** A supervisor whose clock a test moves. */
function supervised() {
  let nowMs = START_MS;
  let state = newSupervisorState(nowMs);
  const of = (name: string) => {
    const found = viewOf(state, nowMs).processes.find((process) => process.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  return {
    after: (durationMs: number) => {
      nowMs += durationMs;
    },
    /** As an eviction would: the state goes through JSON. */
    restart: () => {
      state = withAllProcesses(JSON.parse(JSON.stringify(state)) as SupervisorState, nowMs);
    },
    command: (what: 'start' | 'stop' | 'restart') => {
      const result = command(state, 'scraper', what, nowMs);
      return result.ok ? 'ok' : result.code;
    },
    run: (isOk: boolean, runner = 'cron') =>
      report(state, [{ process: 'scraper', runner, isOk, output: isOk ? 'done' : 'it broke' }], nowMs),
    shutDown: () => shutDown(state, nowMs),
    resume: () => resume(state, nowMs),
    scraper: () => of('scraper'),
    view: () => viewOf(state, nowMs),
  };
}

describe('commands', () => {
  it('begin with every process running, as its first start', () => {
    expect(
      supervised()
        .view()
        .processes.map(({ name, status, pid }) => [name, status, pid]),
    ).toEqual(processNames.map((name) => [name, 'running', 1]));
  });

  it('stop what runs and start what is stopped, and refuse the second time', () => {
    const it = supervised();
    expect(it.command('start')).toBe('PROCESS_ALREADY_RUNNING');
    expect([it.command('stop'), it.scraper().status, it.scraper().mayRun]).toEqual(['ok', 'stopped', false]);
    expect(it.command('stop')).toBe('PROCESS_NOT_RUNNING');
    it.restart();
    it.after(5_000);
    expect(it.scraper()).toMatchObject({ status: 'stopped', uptimeMs: 0, pid: 1 });
    expect([it.command('start'), it.scraper().status]).toEqual(['ok', 'running']);
    it.after(3_000);
    expect(it.scraper()).toMatchObject({ pid: 2, uptimeMs: 3_000, restarts: 0 });
  });

  it('restart counts as one; of what is stopped it is a start', () => {
    const it = supervised();
    it.after(9_000);
    expect([it.command('restart'), it.scraper()]).toMatchObject(['ok', { pid: 2, restarts: 1, uptimeMs: 0 }]);
    it.command('stop');
    expect([it.command('restart'), it.scraper()]).toMatchObject(['ok', { pid: 3, restarts: 1, status: 'running' }]);
  });
});

describe('health', () => {
  it('is that of the last run, and unknown before the first and long after the last', () => {
    const it = supervised();
    expect(it.scraper()).toMatchObject({ health: 'unknown', lastCheckAtMs: null, consecutiveFailures: 0 });
    it.run(false);
    expect(it.scraper()).toMatchObject({ health: 'unhealthy', lastOutput: 'it broke', consecutiveFailures: 1 });
    it.run(true);
    expect(it.scraper()).toMatchObject({ health: 'healthy', lastOutput: 'done', consecutiveFailures: 0 });
    it.after(RUN_IS_STALE_AFTER_MS + 1);
    expect(it.scraper()).toMatchObject({ health: 'unknown', status: 'running' });
  });

  it('is bad while one of its runners fails, however well the other does', () => {
    const it = supervised();
    it.run(false, 'queue');
    it.run(true, 'cron');
    expect(it.scraper()).toMatchObject({ health: 'unhealthy', lastOutput: 'it broke' });
  });
});

describe('a crash', () => {
  const crash = (it: ReturnType<typeof supervised>, runner = 'cron') => {
    for (let failures = 0; failures < CRASH_AFTER_FAILURES; failures += 1) it.run(false, runner);
  };

  it('is five failed runs in a row of one runner, not four, and not with a good one between', () => {
    const it = supervised();
    for (const isOk of [false, false, false, false, true, false, false, false, false]) it.run(isOk);
    it.run(false, 'queue');
    expect(it.scraper().status).toBe('running');
    it.run(false);
    expect(it.scraper()).toMatchObject({ status: 'crashed', mayRun: false, consecutiveFailures: 5 });
  });

  it('rests, is tried again, and is over when what failed succeeds', () => {
    const it = supervised();
    crash(it, 'queue');
    it.after(CRASH_BACKOFF_MS - 1);
    expect(it.scraper().mayRun).toBe(false);
    it.after(1);
    expect(it.scraper()).toMatchObject({ status: 'starting', mayRun: true });
    it.run(true, 'cron');
    expect(it.scraper().status).toBe('starting');
    it.run(true, 'queue');
    expect(it.scraper()).toMatchObject({ status: 'running', pid: 2, restarts: 1, health: 'healthy' });
  });

  it('rests twice as long each time in a row, an hour at most, over evictions', () => {
    const it = supervised();
    crash(it);
    const rests: number[] = [];
    for (let crashes = 0; crashes < 9; crashes += 1) {
      it.restart();
      let restMs = 0;
      while (!it.scraper().mayRun) {
        it.after(CRASH_BACKOFF_MS / 2);
        restMs += CRASH_BACKOFF_MS / 2;
      }
      rests.push(restMs / CRASH_BACKOFF_MS);
      it.run(false);
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(MAX_CRASH_BACKOFF_MS).toBe(60 * CRASH_BACKOFF_MS);
    expect(it.scraper()).toMatchObject({ restarts: 9, pid: 10 });
  });

  it('ends by start, stop and restart', () => {
    for (const [what, status] of [
      ['start', 'running'],
      ['restart', 'running'],
      ['stop', 'stopped'],
    ] as const) {
      const it = supervised();
      crash(it);
      expect([it.command(what), it.scraper().status]).toEqual(['ok', status]);
    }
  });

  it('is not made of what a stopped process had begun before', () => {
    const it = supervised();
    it.command('stop');
    crash(it);
    it.command('start');
    expect(it.scraper()).toMatchObject({ status: 'running', health: 'unknown' });
  });
});

describe('a shutdown', () => {
  it('stops all, resumes what it stopped, and repeats harmlessly', () => {
    const it = supervised();
    it.command('stop');
    it.shutDown();
    it.after(1_000);
    it.shutDown();
    expect(it.view().drainingSinceMs).toBe(START_MS);
    expect(new Set(it.view().processes.map(({ status }) => status))).toEqual(new Set(['stopped']));
    expect([it.command('start'), it.command('restart'), it.command('stop')]).toEqual([
      'SHUTDOWN_IN_PROGRESS',
      'SHUTDOWN_IN_PROGRESS',
      'PROCESS_NOT_RUNNING',
    ]);
    it.restart();
    it.resume();
    it.resume();
    const statuses = it.view().processes.map(({ name, status, pid }) => [name, status, pid]);
    expect(statuses).toEqual(
      processNames.map((name) => (name === 'scraper' ? [name, 'stopped', 1] : [name, 'running', 2])),
    );
    expect(it.view().uptimeMs).toBe(0);
  });
});

it('whatever is done in whatever order, a view never contradicts itself', () => {
  const step = fc.oneof(
    fc.constantFrom('start', 'stop', 'restart', 'shutDown', 'resume', 'restartObject').map((name) => ({ name })),
    fc.record({ name: fc.constant('run'), isOk: fc.boolean(), runner: fc.constantFrom('cron', 'queue') }),
    fc.record({ name: fc.constant('after'), ms: fc.nat(10 * CRASH_BACKOFF_MS) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const it = supervised();
      let pid = 1;
      for (const { name, ...values } of steps) {
        if (name === 'start' || name === 'stop' || name === 'restart') it.command(name);
        else if (name === 'shutDown') it.shutDown();
        else if (name === 'resume') it.resume();
        else if (name === 'restartObject') it.restart();
        else if ('isOk' in values) it.run(values.isOk, values.runner);
        else if ('ms' in values) it.after(values.ms);
        const seen = it.scraper();
        expect(seen.mayRun).toBe(seen.status === 'running' || seen.status === 'starting');
        expect(seen.pid).toBeGreaterThanOrEqual(pid);
        expect(seen.restarts).toBeLessThan(seen.pid);
        if (!seen.mayRun) expect(seen.uptimeMs).toBe(0);
        if (it.view().drainingSinceMs !== null) expect(seen.status).toBe('stopped');
        pid = seen.pid;
      }
    }),
    { numRuns: 500 },
  );
});
