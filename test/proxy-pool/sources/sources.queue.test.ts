import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { deliver, envWith, failing } from '../../support/worker-doors.ts';
import { createSource, getSource, listUrl, ownList, proxiesOf } from './support.ts';

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

it('a failure on our side brings the message again', async () => {
  const source = await createSource({ url: listUrl('/lines.txt?count=1&first=230000') });
  const broken = envWith({ DB: failing(env.DB, 'batch') });
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
