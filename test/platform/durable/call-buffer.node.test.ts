import { expect, it } from 'vitest';
import {
  BUFFER_MS,
  type Buffered,
  createCallBuffer,
  MAX_BUFFERED_CHARACTERS,
  MAX_BUFFERED_ITEMS,
} from '../../../src/platform/durable/call-buffer.ts';

/** A buffer whose waits end when the test says so. */
interface Options {
  send?: (key: string, items: number[]) => Promise<void>;
  charactersOf?: (item: number) => number;
}

function setUp({ send, charactersOf = () => 1 }: Options = {}) {
  const sent: [string, number[]][] = [];
  const logged: unknown[] = [];
  const works: Promise<unknown>[] = [];
  const waits: (() => void)[] = [];
  let nowMs = 0;
  const buffered: Buffered<number> = new Map();
  const log = (_message: string, fields?: object) => void logged.push(fields);
  const buffer = createCallBuffer<number>({
    buffered,
    send: send ?? (async (key, items) => void sent.push([key, items])),
    clock: { nowMs: () => nowMs },
    logger: { debug: log, info: log, warn: log, error: log },
    waitUntil: (work) => void works.push(work),
    charactersOf,
    wait: () => new Promise<void>((resolve) => waits.push(resolve)),
  });
  return {
    buffer,
    buffered,
    sent,
    logged,
    pass: (ms: number) => {
      nowMs += ms;
    },
    async endWaits() {
      for (const end of waits.splice(0)) end();
      await Promise.all(works.splice(0));
    },
  };
}

it('sends what came meanwhile in one message for each key, each item once', async () => {
  const { buffer, buffered, sent, endWaits } = setUp();
  for (const item of [1, 2, 3]) buffer.add('a', item);
  buffer.add('b', 4);
  await endWaits();
  buffer.add('a', 5);
  await endWaits();
  expect(sent).toEqual([
    ['a', [1, 2, 3]],
    ['b', [4]],
    ['a', [5]],
  ]);
  expect(buffered.size).toBe(0);
});

it('sends at once when there are many', async () => {
  const { buffer, sent, endWaits } = setUp();
  for (let item = 0; item < MAX_BUFFERED_ITEMS + 1; item += 1) buffer.add('a', item);
  await endWaits();
  expect(sent.map(([, items]) => items.length)).toEqual([MAX_BUFFERED_ITEMS, 1]);
});

it('sends at once when they are long, and no more than one beyond the limit together', async () => {
  const third = Math.ceil(MAX_BUFFERED_CHARACTERS / 3);
  const { buffer, sent, endWaits } = setUp({ charactersOf: (item) => item * third });
  for (const item of [1, 1, 1, 3, 1]) buffer.add('a', item);
  await endWaits();
  expect(sent.map(([, items]) => items)).toEqual([[1, 1, 1], [3], [1]]);
});

it('does not wait for an invocation that is gone', async () => {
  const { buffer, sent, pass, endWaits } = setUp();
  buffer.add('a', 1);
  pass(BUFFER_MS + 2_001);
  buffer.add('a', 2);
  expect(sent).toEqual([['a', [1, 2]]]);
  await endWaits();
  expect(sent).toHaveLength(1);
});

it('logs how many were lost when they cannot be sent', async () => {
  const { buffer, buffered, logged, endWaits } = setUp({ send: () => Promise.reject(new Error('down')) });
  buffer.add('a', 1);
  buffer.add('a', 2);
  await endWaits();
  expect(logged).toMatchObject([{ count: 2 }]);
  expect(buffered.size).toBe(0);
});
