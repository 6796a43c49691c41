import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { ProcessLogLine } from '../src/ops/logs/log-book.types.ts';
import type { ProcessName } from '../src/ops/processes/process-names.ts';
import type { CheckMessage } from '../src/proxy-pool/checks/check-message.types.ts';
import { MAX_CHECKS_PER_TICK } from '../src/proxy-pool/checks/checks.job.ts';
import { MAX_PROBES_PER_BATCH } from '../src/proxy-pool/checks/checks.queue.ts';
import type { ScrapeMessage } from '../src/proxy-pool/sources/sources.types.ts';
import { insertProxy, readProxy } from './proxy-pool/checks/rows.ts';
import { createSource, getSource, listUrl, ownList } from './proxy-pool/sources/support.ts';
import { whileStopped } from './support/processes.ts';
import { recordingQueue } from './support/recording-queue.ts';
import { deliver, envWith, fetchWith, tick } from './support/worker-doors.ts';

/** The platform's doors, with variables of the test's own. */
function workerWith(variables: Readonly<Record<string, string>> = {}) {
  const scrapes: ScrapeMessage[] = [];
  const checks: CheckMessage[] = [];
  const bindings = envWith({ ...variables, SCRAPES: recordingQueue(scrapes), CHECKS: recordingQueue(checks) });
  return {
    scrapes,
    checks,
    ask: (path: string) => fetchWith(bindings, path),
    tick: () => tick(bindings),
    deliver: (queue: string, bodies: readonly unknown[]) => deliver(queue, bodies, bindings),
  };
}

const newestLines = (process: ProcessName): Promise<ProcessLogLine[]> =>
  env.LOG_BOOK.getByName('processes')
    .newest([process], 20)
    .then(({ lines }) => lines);

/** Nobody listens there. */
const JUDGE_URL = 'http://127.0.0.1:1/judge';

describe('a stopped process', () => {
  it('scraper: cron sends nothing, messages are acknowledged, and the source stays due', async () => {
    const list = ownList();
    await list.put('127.31.0.1:80\n');
    const source = await createSource({ url: list.url });
    const stopped = workerWith();
    const outcome = await whileStopped(['scraper'], async () => {
      await stopped.tick();
      return stopped.deliver('switchyard-scrapes', [{ sourceId: source.id }]);
    });
    expect(stopped.scrapes).toEqual([]);
    expect(outcome).toEqual({ acknowledged: ['m0'], again: [] });
    expect(await getSource(source.id)).toEqual(source);
    expect((await list.seen()).gets).toBe(0);

    const started = workerWith();
    await started.tick();
    expect(started.scrapes).toContainEqual({ sourceId: source.id });
    await started.deliver('switchyard-scrapes', started.scrapes);
    expect((await list.seen()).gets).toBe(1);
    expect((await getSource(source.id)).last_scraped_at).not.toBeNull();
  });

  it('validator: cron sends nothing, messages are acknowledged, and the proxy stays due in its round', async () => {
    const proxy = await insertProxy({ nextCheckAtMs: Date.now() - 1_000 });
    const stopped = workerWith({ JUDGE_URL });
    const before = await readProxy(proxy.id);
    const message = { proxies: [{ id: proxy.id, round: proxy.round }] };
    const outcome = await whileStopped(['validator', 'notifier'], async () => {
      await stopped.tick();
      return stopped.deliver('switchyard-checks', [message]);
    });
    expect(stopped.checks).toEqual([]);
    expect(outcome).toEqual({ acknowledged: ['m0'], again: [] });
    expect(await readProxy(proxy.id)).toEqual(before);

    const started = workerWith({ JUDGE_URL });
    await started.tick();
    expect(started.checks.flatMap(({ proxies }) => proxies)).toContainEqual({ id: proxy.id, round: proxy.round });
  });
});

describe('checks without a judge', () => {
  it('are not sent; the log says what is missing, and a message that comes anyway is acknowledged', async () => {
    const proxy = await insertProxy({ nextCheckAtMs: Date.now() - 1_000 });
    const blind = workerWith({ JUDGE_URL: '' });
    await blind.tick();
    expect(blind.checks).toEqual([]);
    expect((await newestLines('validator')).at(-1)?.message).toContain('JUDGE_URL is empty');
    const before = await readProxy(proxy.id);
    const outcome = await blind.deliver('switchyard-checks', [{ proxies: [{ id: proxy.id, round: proxy.round }] }]);
    expect(outcome.acknowledged).toEqual(['m0']);
    expect(await readProxy(proxy.id)).toEqual(before);
  });
});

describe('more due proxies than a minute has room for', () => {
  /** As many due proxies of a status, in one statement; their ids begin with `name`. */
  async function insertDue(name: string, status: string, count: number): Promise<void> {
    await env.DB.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?3 - 1)
        INSERT INTO proxies (id, ip, port, protocol, pool_number, status, score, first_seen_at, last_seen_at, next_check_at)
        SELECT ?1 || n, '127.70.' || (n / 250) || '.' || (n % 250), ?4, 'http', 0, ?2, IIF(?2 = 'active', 0.5, NULL), 0, 0, 1
        FROM numbers`,
    )
      .bind(name, status, count, status === 'active' ? 8_001 : 8_002)
      .run();
  }

  it('all that are good are sent, the others as far as there is room', async () => {
    const good = MAX_CHECKS_PER_TICK + 100;
    await insertDue('good-', 'active', good);
    await insertDue('new-', 'unchecked', MAX_CHECKS_PER_TICK + 100);
    const sentBy = async () => {
      const { tick, checks } = workerWith({ JUDGE_URL });
      await tick();
      return checks.flatMap(({ proxies }) => proxies).map(({ id }) => id);
    };
    const first = await sentBy();
    expect(first.filter((id) => id.startsWith('good-'))).toHaveLength(good);
    expect(first.filter((id) => id.startsWith('new-'))).toEqual([]);
    await env.DB.prepare("UPDATE proxies SET next_check_at = NULL WHERE status = 'active'").run();
    const second = await sentBy();
    expect(second).toHaveLength(MAX_CHECKS_PER_TICK);
    await env.DB.prepare('UPDATE proxies SET next_check_at = NULL').run();
  });
});

describe('queue messages', () => {
  it.each([
    ['switchyard-scrapes', [null, 'text', { sourceId: 5 }]],
    ['switchyard-checks', [null, { proxies: 'all' }, { proxies: [{ id: 'a' }] }]],
    ['switchyard-dead-letters', [null, { any: 'thing' }]],
  ])('%s: of an unknown form are acknowledged, not tried for ever', async (queue, bodies) => {
    const outcome = await workerWith({ JUDGE_URL }).deliver(queue, bodies);
    expect(outcome).toEqual({ acknowledged: bodies.map((_body, index) => `m${index}`), again: [] });
  });

  it('about what is gone are acknowledged', async () => {
    const id = '01890000-0000-7000-8000-000000000000';
    const { deliver } = workerWith({ JUDGE_URL });
    const scrape = await deliver('switchyard-scrapes', [{ sourceId: id }]);
    const check = await deliver('switchyard-checks', [{ proxies: [{ id, round: 0 }] }]);
    expect([scrape, check]).toEqual(Array(2).fill({ acknowledged: ['m0'], again: [] }));
  });

  it('with more proxies than one invocation may probe are left for the next delivery', async () => {
    const id = '01890000-0000-7000-8000-000000000000';
    const five = { proxies: Array.from({ length: 5 }, () => ({ id, round: 0 })) };
    const count = MAX_PROBES_PER_BATCH / 5 + 1;
    const outcome = await workerWith({ JUDGE_URL }).deliver('switchyard-checks', Array(count).fill(five));
    expect(outcome.again).toEqual([`m${count - 1}`]);
    expect(outcome.acknowledged).toHaveLength(count - 1);
  });

  it('of a queue that nobody consumes fail loudly', async () => {
    await expect(workerWith().deliver('switchyard-unknown', [{}])).rejects.toThrow('no consumer');
  });

  it('whose source fails are acknowledged: the row knows when to try again', async () => {
    const source = await createSource({ url: listUrl('/status.txt?status=404') });
    const outcome = await workerWith().deliver('switchyard-scrapes', [{ sourceId: source.id }]);
    expect(outcome).toEqual({ acknowledged: ['m0'], again: [] });
    expect((await getSource(source.id)).consecutive_failures).toBe(1);
    expect((await newestLines('scraper')).at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining(`source ${source.id} failed`),
    });
  });
});

describe('a misconfigured Worker', () => {
  it('runs nothing in the background: the run fails, and the platform comes again', async () => {
    const broken = workerWith({ JUDGE_SECRET: 'short' });
    await expect(broken.tick()).rejects.toThrow('misconfigured: JUDGE_SECRET');
    await expect(broken.deliver('switchyard-scrapes', [{ sourceId: 'x' }])).rejects.toThrow('misconfigured');
  });

  it('answers 503 to everything, and names no variable', async () => {
    const answer = await workerWith({ JUDGE_SECRET: 'short' }).ask('/health');
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(JSON.parse(text).error.code).toBe('MISCONFIGURED');
    expect(text).not.toContain('JUDGE_SECRET');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
