import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createProcessLog, PROCESS_LOG } from '../../../src/ops/logs/log-book.client.ts';
import { REQUEST_LOG_SHARDS } from '../../../src/ops/requests/request-id.model.ts';
import { requestShardName } from '../../../src/ops/requests/request-log.client.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Logger } from '../../../src/platform/log/logger.ts';
import { openEvents, type ReadEvent } from '../../support/event-reader.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call } from '../../support/harness.ts';
import { logRequests, proxiedRequest } from '../requests/support.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const log = createProcessLog(env.LOG_BOOK, systemClock, silent);
const say = (...lines: string[]) => Promise.all(lines.map((line) => log.append('scraper', 'info', line)));
const lineOf = ({ data }: ReadEvent) => JSON.parse(data).line;
const urlOf = ({ data }: ReadEvent) => JSON.parse(data).url;
const evictLines = () => evictDurableObject(env.LOG_BOOK.getByName(PROCESS_LOG));
async function evictShards(): Promise<void> {
  for (let shard = 0; shard < REQUEST_LOG_SHARDS; shard += 1)
    await evictDurableObject(env.LOG_BOOK.getByName(requestShardName(shard)));
}

describe('the stream of logs', () => {
  it('begins with `connected`, then has each line once, with an id, over evictions', async () => {
    await say('before');
    const stream = await openEvents('/api/v1/logs/stream', adminKey);
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await stream.next()).toMatchObject({ event: 'connected', data: '{}', id: expect.stringMatching(/^\d+$/) });
    await say('one');
    await evictLines();
    await say('two');
    const events = await stream.take(2);
    expect(events.map(lineOf)).toEqual(['one', 'two']);
    expect(JSON.parse(events[0]?.data ?? '')).toEqual({
      timestamp: expect.stringMatching(/Z$/),
      process: 'scraper',
      stream: 'stdout',
      line: 'one',
      level: 'info',
    });
    expect(events.every(({ id, event }) => /^\d+$/.test(id ?? '') && event === 'message')).toBe(true);
    await stream.close();
  });

  it('goes on behind the last event a reader had, without a gap or a double', async () => {
    const first = await openEvents('/api/v1/logs/stream', adminKey);
    const connected = await first.next();
    await say('a');
    const [a] = await first.take(1);
    await first.close();
    for (const line of ['b', 'c', 'd']) await say(line);
    await evictLines();
    const second = await openEvents('/api/v1/logs/stream', adminKey, a?.id ?? '');
    await say('e');
    const events = await second.take(5);
    expect(events.map(({ event }) => event)).toEqual(['connected', 'message', 'message', 'message', 'message']);
    expect(events.slice(1).map(lineOf)).toEqual(['b', 'c', 'd', 'e']);
    await second.close();
    // One that never had an event goes on from where it was connected.
    const third = await openEvents('/api/v1/logs/stream', adminKey, connected?.id ?? '');
    expect((await third.take(6)).slice(1).map(lineOf)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await third.close();
  });

  it('takes no notice of an id that is none, or of another life', async () => {
    for (const id of ['nonsense', '-1', '1-2-3-4', '999999999999']) {
      const stream = await openEvents('/api/v1/logs/stream', adminKey, id);
      expect((await stream.next())?.event).toBe('connected');
      await say(`after ${id}`);
      expect((await stream.take(1)).map(lineOf)).toEqual([`after ${id}`]);
      await stream.close();
    }
  });

  it('is filtered by process, pattern and RE2 as the list is', async () => {
    const filters = ['process=validator', 'pattern=wanted', 'pattern=%5Ew.n&regex=true'];
    const streams = await Promise.all(filters.map((query) => openEvents(`/api/v1/logs/stream?${query}`, adminKey)));
    for (const stream of streams) await stream.next();
    await log.append('scraper', 'info', 'un-w-anted');
    await log.append('scraper', 'info', 'wanted by a pattern');
    await log.append('validator', 'info', 'wonderful');
    await log.append('validator', 'info', 'wanted too');
    expect((await streams[0]?.take(2))?.map(lineOf)).toEqual(['wonderful', 'wanted too']);
    expect((await streams[1]?.take(2))?.map(lineOf)).toEqual(['wanted by a pattern', 'wanted too']);
    expect((await streams[2]?.take(3))?.map(lineOf)).toEqual(['wanted by a pattern', 'wonderful', 'wanted too']);
    for (const stream of streams) await stream.close();
  });

  it('keeps hostile text inside its event', async () => {
    const hostile = 'x\r\n\r\nevent: forged\ndata: {"line":"forged"}\n\n\u2028\u001b[2J<script>';
    const stream = await openEvents('/api/v1/logs/stream', adminKey);
    await stream.next();
    await say(hostile, 'after');
    const events = await stream.take(2);
    expect(events.map(({ event }) => event)).toEqual(['message', 'message']);
    expect(events.map(lineOf)).toEqual([hostile, 'after']);
    await stream.close();
  });

  it('says that lines are gone when a reader was away for more than are kept', async () => {
    const stream = await openEvents('/api/v1/logs/stream', adminKey);
    const connected = await stream.next();
    await stream.close();
    const book = env.LOG_BOOK.getByName(PROCESS_LOG);
    for (let hundred = 0; hundred < 13; hundred += 1) {
      await book.append(
        Array.from({ length: 100 }, () => ({ process: 'retention', level: 'info', message: 'much', atMs: 1 }) as const),
      );
    }
    const late = await openEvents('/api/v1/logs/stream?process=retention', adminKey, connected?.id ?? '');
    const events = await late.take(3);
    expect(events.map(({ event, data, id }) => [event, data, event === 'lagged' ? id : ''])).toEqual([
      ['connected', '{}', ''],
      ['lagged', '{"missed":null}', null],
      ['message', expect.stringContaining('much'), ''],
    ]);
    await late.close();
  });
});

describe('the stream of requests', () => {
  it('shows an account its own, and an admin all, each once, with ids that lead back', async () => {
    const [owner, other] = [await createAccount(), await createAccount()];
    const own = await openEvents('/api/v1/proxy/requests/stream', owner.key);
    const all = await openEvents('/api/v1/proxy/requests/stream?min_status=500', adminKey);
    expect([(await own.next())?.event, (await all.next())?.event]).toEqual(['connected', 'connected']);
    await logRequests([
      proxiedRequest(owner.id, { url: '/1', statusCode: 503 }),
      proxiedRequest(other.id, { url: '/2', statusCode: 500 }),
    ]);
    await evictShards();
    await logRequests([
      proxiedRequest(owner.id, { url: '/3', statusCode: 200 }),
      proxiedRequest(other.id, { url: '/4', statusCode: 502 }),
    ]);
    expect((await own.take(2)).map(urlOf)).toEqual(['/1', '/3']);
    const seen = await all.take(3);
    expect(seen.map(urlOf).sort()).toEqual(['/1', '/2', '/4']);
    await own.close();
    await all.close();

    const { id } = JSON.parse(seen[0]?.data ?? '');
    expect((await call('GET', `/api/v1/proxy/requests/${id}`, { key: adminKey })).body).toMatchObject({ id });

    const again = await openEvents('/api/v1/proxy/requests/stream?min_status=500', adminKey, seen[0]?.id ?? '');
    expect((await again.take(3)).slice(1).map(urlOf).sort()).toEqual(seen.slice(1).map(urlOf).sort());
    await again.close();
  });

  it('goes on behind the last one a reader had, and its ids tell nobody how many requests others make', async () => {
    const [owner, other] = [await createAccount(), await createAccount()];
    const first = await openEvents('/api/v1/proxy/requests/stream', owner.key);
    const connected = await first.next();
    await logRequests([proxiedRequest(owner.id, { url: '/a' }), proxiedRequest(other.id, { url: '/theirs' })]);
    const [a] = await first.take(1);
    await first.close();
    const { body } = await call<{ requests: { id: string }[] }>('GET', '/api/v1/proxy/requests', { key: owner.key });
    expect(a?.id).toBe(body.requests[0]?.id);
    expect(connected?.id).toMatch(/^[0-9a-f]{7}$/);
    await logRequests(['/b', '/c'].map((url) => proxiedRequest(owner.id, { url })));
    await evictShards();
    const second = await openEvents('/api/v1/proxy/requests/stream', owner.key, a?.id ?? '');
    await logRequests([proxiedRequest(owner.id, { url: '/d' })]);
    expect((await second.take(4)).slice(1).map(urlOf)).toEqual(['/b', '/c', '/d']);
    await second.close();
    // One that never had a request goes on from where it was connected.
    const third = await openEvents('/api/v1/proxy/requests/stream', owner.key, connected?.id ?? '');
    expect((await third.take(5)).slice(1).map(urlOf)).toEqual(['/a', '/b', '/c', '/d']);
    await third.close();
    for (const id of ['nonsense', '12', '0-0-0-0', 'fffffff']) {
      const stream = await openEvents('/api/v1/proxy/requests/stream', owner.key, id);
      expect((await stream.next())?.event).toBe('connected');
      await logRequests([proxiedRequest(owner.id, { url: `/after-${id}` })]);
      expect((await stream.take(1)).map(urlOf)).toEqual([`/after-${id}`]);
      await stream.close();
    }
  });
});
