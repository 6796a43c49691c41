import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import { runConsumer, runJobs } from '../../../src/ops/processes/runs.ts';
import { SUPERVISOR_NAME } from '../../../src/ops/processes/supervisor.client.ts';
import { CRASH_AFTER_FAILURES } from '../../../src/ops/processes/supervisor.model.ts';
import type { ScheduledJob } from '../../../src/schedules.ts';
import { createServices } from '../../../src/services.ts';
import { listen } from '../../sessions/feed/support.ts';
import { testBindings } from '../../support/bindings.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';
import { whileStopped } from '../../support/processes.ts';
import { away, envWith, tick } from '../../support/worker-doors.ts';

interface ProcessAnswer {
  name: string;
  status: string;
  pid: number;
  uptime_seconds: number;
  restarts: number;
  health: string;
}
type Detail = ProcessAnswer & {
  healthcheck: { enabled: boolean; last_check: string | null; last_output: string; consecutive_failures: number };
  cmd: string;
  env: Record<string, string>;
};

const get = async (name: string) => (await call<Detail>('GET', `/api/v1/processes/${name}`, { key: adminKey })).body;
const post = (path: string, key = adminKey) => call('POST', `/api/v1/${path}`, { key });

for (const path of ['processes', 'processes/scraper', 'status'])
  commonRouteTests({ method: 'GET', path: `/api/v1/${path}`, scope: 'read' });
for (const path of [
  'processes/scraper/start',
  'processes/scraper/stop',
  'processes/scraper/restart',
  'shutdown',
  'resume',
])
  commonRouteTests({ method: 'POST', path: `/api/v1/${path}`, scope: 'write' });

describe('the processes', () => {
  it('are listed in the reference’s fields, for every reader', async () => {
    const { key } = await createAccount();
    const { status, body } = await call<{ processes: ProcessAnswer[] }>('GET', '/api/v1/processes', { key });
    expect(status).toBe(200);
    expect(body.processes.map(({ name }) => name)).toEqual([
      'scraper',
      'validator',
      'lease-reaper',
      'telemetry-rollup',
      'notifier',
      'retention',
    ]);
    expect(body.processes[0]).toEqual({
      name: 'scraper',
      status: 'running',
      pid: expect.any(Number),
      uptime_seconds: expect.any(Number),
      restarts: expect.any(Number),
      health: expect.stringMatching(/^(?:healthy|unknown)$/),
    });
  });

  it('tell what runs them and what they are set to, and no secret', async () => {
    const validator = await call<Detail>('GET', '/api/v1/processes/validator', { key: adminKey });
    expect(validator.body.cmd).toBe(
      'cron * * * * * → queue due checks, sample check figures, watch pools; queue switchyard-checks',
    );
    expect(validator.body.env).toMatchObject({
      CHECK_INTERVAL_SECONDS: '300',
      JUDGE_SECRET: '[REDACTED]',
      ENCRYPTION_KEY: '[REDACTED]',
    });
    expect(validator.text).not.toContain(testBindings.JUDGE_SECRET);
    expect(validator.text).not.toContain(testBindings.ENCRYPTION_KEY);
  });

  it('are healthy after cron has run them', async () => {
    await tick();
    expect(await get('retention')).toMatchObject({
      health: 'healthy',
      healthcheck: { enabled: true, last_check: expect.stringMatching(/Z$/), consecutive_failures: 0 },
    });
  });

  it.each(['start', 'stop', 'restart'])('that nobody has can not be told to %s', async (command) => {
    for (const name of ['nobody', '__proto__', 'constructor', 'SCRAPER']) {
      const reply = await post(`processes/${name}/${command}`);
      expect([name, reply.status, errorCode(reply)]).toEqual([name, 404, 'PROCESS_NOT_FOUND']);
    }
    expect(errorCode(await call('GET', '/api/v1/processes/nobody', { key: adminKey }))).toBe('PROCESS_NOT_FOUND');
  });

  it('are stopped and started by operators, and stay so over evictions', async () => {
    const { key } = await createAccount('operator');
    const { pid } = await get('retention');
    expect((await post('processes/retention/stop', key)).body).toEqual({ success: true });
    await evictDurableObject(env.SUPERVISOR.getByName(SUPERVISOR_NAME));
    expect(await get('retention')).toMatchObject({ status: 'stopped', pid, uptime_seconds: 0 });
    const again = await post('processes/retention/stop', key);
    expect([again.status, errorCode(again)]).toEqual([409, 'PROCESS_NOT_RUNNING']);
    expect((await post('processes/retention/start', key)).body).toEqual({ success: true });
    const twice = await post('processes/retention/start', key);
    expect([twice.status, errorCode(twice)]).toEqual([409, 'PROCESS_ALREADY_RUNNING']);
    await evictDurableObject(env.SUPERVISOR.getByName(SUPERVISOR_NAME));
    expect(await get('retention')).toMatchObject({ status: 'running', pid: pid + 1, restarts: 0 });
    expect((await post('processes/retention/restart', key)).status).toBe(200);
    expect(await get('retention')).toMatchObject({ status: 'running', pid: pid + 2, restarts: 1 });
  });
});

describe('runs', () => {
  const services = createServices(env, configOf(env), () => {});
  const job = (run: ScheduledJob['run']): ScheduledJob => ({ name: 'count sheep', process: 'telemetry-rollup', run });

  it('that fail five times in a row are a crash; a start mends it', async () => {
    const failing = job(async () => {
      throw new Error(`no sheep at http://user:hunter2@field/ – “Schäfchen” \u001b[31m\n${'x'.repeat(2_000)}`);
    });
    for (let runs = 0; runs < CRASH_AFTER_FAILURES; runs += 1) await runJobs([failing], services, Date.now());
    const crashed = await get('telemetry-rollup');
    expect(crashed).toMatchObject({ status: 'crashed', health: 'unhealthy' });
    expect(crashed.healthcheck).toMatchObject({
      consecutive_failures: 5,
      last_output: expect.stringContaining('count sheep failed: no sheep at http://[redacted]@field/ – “Schäfchen”'),
    });
    let isRun = false;
    const next = job(async () => {
      isRun = true;
      return 'a hundred sheep';
    });
    await runJobs([next], services, Date.now());
    expect(isRun).toBe(false);
    expect((await post('processes/telemetry-rollup/start')).status).toBe(200);
    await runJobs([next], services, Date.now());
    expect([isRun, await get('telemetry-rollup')]).toMatchObject([
      true,
      { status: 'running', health: 'healthy', healthcheck: { last_output: 'count sheep: a hundred sheep' } },
    ]);
  });

  it('and commands are heard of by who listens to the inventory: each change of a process once', async () => {
    const listener = await listen(adminKey, '/ws?feed=inventory');
    const heard = () =>
      listener.of('process_status').map(({ data: { process, status, health } }) => [process, status, health]);
    const [bad, good] = [
      job(async () => {
        throw new Error('no sheep');
      }),
      job(async () => 'sheep'),
    ];
    await post('processes/telemetry-rollup/stop');
    await post('processes/telemetry-rollup/start');
    services.processes.forget();
    await runJobs([good], services, Date.now());
    for (let runs = 0; runs < CRASH_AFTER_FAILURES; runs += 1) await runJobs([bad], services, Date.now());
    await post('processes/telemetry-rollup/restart');
    const name = 'telemetry-rollup';
    await expect.poll(heard, { timeout: 10_000 }).toEqual([
      [name, 'stopped', 'healthy'],
      [name, 'running', 'unknown'],
      [name, 'running', 'healthy'],
      [name, 'running', 'unhealthy'],
      [name, 'crashed', 'unhealthy'],
      [name, 'running', 'unknown'],
    ]);
    const { body } = await call<{ logs: { line: string; stream: string }[] }>('GET', `/api/v1/logs?process=${name}`, {
      key: adminKey,
    });
    const lines = body.logs.slice(-10).map(({ line, stream }) => `${stream} ${line.replace(/pid \d+/, 'pid N')}`);
    expect(lines).toEqual([
      'stdout stopped (pid N)',
      'stdout started (pid N)',
      'stdout count sheep: sheep',
      ...Array(5).fill('stderr count sheep failed: no sheep'),
      expect.stringMatching(/^stderr crashed: 5 failed runs in a row/),
      'stdout restarted (pid N)',
    ]);
    await post('shutdown');
    await post('shutdown');
    await post('resume');
    await post('resume');
    const after = await call<{ logs: { line: string }[] }>('GET', `/api/v1/logs?process=${name}&lines=2`, {
      key: adminKey,
    });
    expect(after.body.logs.map(({ line }) => line)).toEqual([
      'stopped: the service shuts down',
      expect.stringMatching(/^started \(pid \d+\): the service goes on$/),
    ]);
    await expect
      .poll(() => listener.of('supervisor_status').map(({ data }) => data.status), { timeout: 10_000 })
      .toEqual(['stopping', 'running']);
  });

  it('that fail by the database say what was wrong, and none of the values', async () => {
    const failing = job(async ({ database }) => {
      await database.run(sql`SELECT ${'secret@example.com'} FROM no_such_table`);
      return null;
    });
    await runJobs([failing], services, Date.now());
    const { healthcheck } = await get('telemetry-rollup');
    expect(healthcheck.last_output).toMatch(
      /^count sheep failed: .*no such table: no_such_table.* \(Failed query: SELECT /,
    );
    expect(healthcheck.last_output).not.toContain('secret@');
  });

  it('do not happen while the supervisor can not be asked, and nothing is lost: messages come again', async () => {
    const deaf = envWith({ SUPERVISOR: away(env.SUPERVISOR) });
    const other = createServices(deaf, configOf(deaf), () => {});
    other.processes.forget();
    await expect(runJobs([job(async () => null)], other, Date.now())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('of a consumer that breaks leave no message unmarked, and count as failed', async () => {
    const marks: string[] = [];
    const batch = {
      queue: 'switchyard-sheep',
      messages: [
        { id: 'm', timestamp: new Date(), attempts: 1, body: {}, ack: () => void marks.push('ack'), retry() {} },
      ],
      ackAll() {},
      retryAll: () => void marks.push('retryAll'),
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    } satisfies MessageBatch;
    const consume = async () => {
      throw new Error('the fence broke');
    };
    const entry = { process: 'telemetry-rollup', consume } as const;
    const context = { waitUntil() {}, passThroughOnException() {} } as Partial<ExecutionContext> as ExecutionContext;
    await runConsumer(entry, batch, services, context);
    await whileStopped(['telemetry-rollup'], () => runConsumer(entry, batch, services, context));
    expect(marks).toEqual(['retryAll', 'ack']);
  });
});
