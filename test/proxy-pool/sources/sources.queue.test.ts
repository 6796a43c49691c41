import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { brokenDatabase, deliver, envWith } from '../../support/queue-batch.ts';
import { createSource, getSource, listUrl, ownList, proxiesOf, unique } from './support.ts';

const QUEUE = 'switchyard-scrapes';

it('a message scrapes its source, and a second one finds that it is not due any more', async () => {
  const list = ownList();
  await list.put('127.7.1.1:80\n127.7.1.2:80\n');
  const source = await createSource({ url: list.url });
  expect(await deliver(QUEUE, [{ sourceId: source.id }, { sourceId: source.id }])).toMatchObject({
    acknowledged: ['m0', 'm1'],
    again: [],
  });
  expect([(await proxiesOf(source.id)).length, (await list.seen()).gets]).toEqual([2, 1]);
});

it('while the scraper is stopped messages are acknowledged and the source stays due: the next one scrapes it', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=2&first=210000') });
  const stopped = envWith({ STOPPED_PROCESSES: 'validator, scraper' });
  expect(await deliver(QUEUE, [{ sourceId: source.id }], stopped)).toEqual({ acknowledged: ['m0'], again: [] });
  expect(await getSource(source.id)).toEqual(source);
  await deliver(QUEUE, [{ sourceId: source.id }]);
  expect((await getSource(source.id)).last_scraped_at).not.toBeNull();
});

it('a source that fails is acknowledged: its row says what went wrong and when the next try is', async () => {
  const source = await createSource({ url: listUrl('/status.txt?status=500') });
  expect(await deliver(QUEUE, [{ sourceId: source.id }])).toEqual({ acknowledged: ['m0'], again: [] });
  const failed = await getSource(source.id);
  expect(failed).toMatchObject({ consecutive_failures: 1, last_error: expect.stringContaining('500') });
  expect(Date.parse(failed.next_scrape_at ?? '')).toBeGreaterThan(Date.now());
});

it('messages that name nobody, or are of another form, are acknowledged and hinder no other', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=220000') });
  const bodies = [null, 'x', {}, { sourceId: 7 }, { sourceId: crypto.randomUUID() }, { sourceId: source.id }];
  expect(await deliver(QUEUE, bodies)).toMatchObject({ acknowledged: ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'], again: [] });
  expect(await proxiesOf(source.id)).toHaveLength(1);
});

it('a failure on our side brings the message again', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=230000') });
  const broken: Env = { ...env, DB: brokenDatabase() };
  expect(await deliver(QUEUE, [{ sourceId: source.id }], broken)).toEqual({ acknowledged: [], again: ['m0'] });
  expect(await proxiesOf(source.id)).toEqual([]);
});

it('the real queue delivers to the consumer', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=3&first=240000') });
  await env.SCRAPES.send({ sourceId: source.id });
  await vi.waitFor(async () => expect((await getSource(source.id)).last_scraped_at).not.toBeNull(), {
    timeout: 20_000,
    interval: 100,
  });
  expect(await proxiesOf(source.id)).toHaveLength(3);
});

it('a queue that nobody consumes is an error', async () => {
  await expect(deliver(`switchyard-${unique()}`, [{}])).rejects.toThrow('no consumer for the queue');
});

it('messages that failed at every delivery are acknowledged, whatever they are: their rows stay due', async () => {
  const bodies = [{ sourceId: 'x' }, null, { proxies: [] }];
  expect(await deliver('switchyard-dead-letters', bodies)).toMatchObject({
    acknowledged: ['m0', 'm1', 'm2'],
    again: [],
  });
});
