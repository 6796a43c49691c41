import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import worker from '../../../src/index.ts';
import { eventsOf, listUrl } from './support.ts';

/** In how many ways messages come. */
const WAYS = env.TEST_FULL_RUNS === '1' ? 200 : 40;
const SOURCES = 2;
const ROUNDS = 2;
const LINES = 2;
/** Far from the addresses that other tests' lists have. */
let nextAddress = 2_000_000;
let serial = 0;

/** Hands a batch of messages to the real consumer, as the platform would. */
async function deliver(sourceIds: readonly string[]): Promise<void> {
  const messages = sourceIds.map((sourceId) => {
    serial += 1;
    return { id: `message-${serial}`, timestamp: new Date(), attempts: 1, body: { sourceId } };
  });
  const batch = createMessageBatch('switchyard-scrapes', messages);
  const context = createExecutionContext();
  await worker.queue(batch, env, context);
  await waitOnExecutionContext(context);
  const { explicitAcks } = await getQueueResult(batch, context);
  expect(explicitAcks).toEqual(messages.map(({ id }) => id));
}

type Outcome = 'list' | 'longer list' | 'failure';

async function newSources(): Promise<string[]> {
  const ids = Array.from({ length: SOURCES }, () => crypto.randomUUID());
  const insert = env.DB.prepare(
    `INSERT INTO sources (id, url, parser_name, default_protocol, created_at, updated_at)
     VALUES (?, ?, 'plaintext', 'http', 0, 0)`,
  );
  await env.DB.batch(ids.map((id) => insert.bind(id, listUrl('/lines.txt'))));
  return ids;
}

/** In each round all sources are due, and each has the outcome of the script. Both batches of a round run at once. */
async function play(script: readonly Outcome[][], batches: (round: number) => number[][]) {
  const first = nextAddress;
  nextAddress += SOURCES * LINES * 2;
  const ids = await newSources();
  const update = env.DB.prepare('UPDATE sources SET url = ?, next_scrape_at = 0 WHERE id = ?');
  for (let round = 0; round < ROUNDS; round += 1) {
    const urls = ids.map((_, index) => {
      const outcome = script[round]?.[index] ?? 'failure';
      const count = outcome === 'list' ? LINES : LINES * 2;
      const list = `/lines.txt?count=${count}&first=${first + index * LINES * 2}`;
      return listUrl(outcome === 'failure' ? '/status.txt?status=404' : list);
    });
    await env.DB.batch(ids.map((id, index) => update.bind(urls[index] ?? '', id)));
    await Promise.all(batches(round).map((batch) => deliver(batch.map((index) => ids[index] ?? ''))));
  }
  return Promise.all(ids.map(finalState));
}

/** What a source and its proxies are in the end, without what depends on when they came to be. */
async function finalState(id: string) {
  const source = await env.DB.prepare('SELECT is_active, consecutive_failures, last_error FROM sources WHERE id = ?')
    .bind(id)
    .first();
  const { results } = await env.DB.prepare(
    'SELECT status, round, COUNT(*) AS count FROM proxies WHERE source_id = ? GROUP BY status, round',
  )
    .bind(id)
    .all();
  return { source, proxies: results, events: await eventsOf(id) };
}

it('scrape messages that come thrice and shuffled, some at once, lead to the state of those that come once in order', {
  timeout: 600_000,
}, async () => {
  const outcome = fc.constantFrom<Outcome>('list', 'longer list', 'failure');
  const script = fc.array(fc.array(outcome, { minLength: SOURCES, maxLength: SOURCES }), {
    minLength: ROUNDS,
    maxLength: ROUNDS,
  });
  const disorder = fc.array(fc.shuffledSubarray([0, 1, 0, 1, 0, 1], { minLength: 6 }), {
    minLength: ROUNDS,
    maxLength: ROUNDS,
  });
  await fc.assert(
    fc.asyncProperty(script, disorder, async (outcomes, orders) => {
      const once = await play(outcomes, () => [[0, 1]]);
      const moreOften = await play(outcomes, (round) => {
        const order = orders[round] ?? [];
        return [order.slice(0, 3), order.slice(3)];
      });
      expect(moreOften).toEqual(once);
    }),
    { numRuns: WAYS },
  );
});
