import { describe, expect, it, test } from 'vitest';
import { median, medians, quartiles } from '../../bench/measure/figures.ts';
import { processorMs } from '../../bench/measure/process-figures.ts';
import { inParallel, interleaved } from '../../bench/measure/rounds.ts';
import { BENCH_HELP, parseBenchOptions } from '../../bench/options.ts';
import type { BenchRow } from '../../bench/scenario.types.ts';
import { scenarios } from '../../bench/scenarios.ts';
import { renderTable, verdictOf } from '../../bench/table.ts';

describe('the command line of npm run bench', () => {
  test('without options all scenarios run, with enough rounds for a median', () => {
    const options = parseBenchOptions([]);
    expect(options.chosen).toEqual(scenarios);
    expect(options.scale.rounds).toBeGreaterThanOrEqual(5);
    expect(options.isQuick).toBe(false);
  });

  test('scenarios are chosen by name, and named in the help', () => {
    expect(parseBenchOptions(['--only', 'list']).chosen.map(({ name }) => name)).toEqual(['list']);
    for (const { name } of scenarios) expect(BENCH_HELP).toContain(name);
  });

  test.each([
    [['--only', 'lease'], /There is no scenario 'lease'/],
    [['--rounds', '4'], /--rounds wants a whole number from 5/],
    [['--rounds', ''], /--rounds wants/],
    [['--fast'], /Unknown option/],
  ])('%j is refused', (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(message);
  });
});

describe('figures', () => {
  it('the median is the middle one, or between the middle two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(
      medians([
        { a: 1, b: 9 },
        { a: 2, b: 8 },
        { a: 3, b: 7 },
      ]),
    ).toEqual({ a: 2, b: 8 });
  });

  it('half of the numbers are between the quartiles', () => {
    expect(quartiles([5, 1, 4, 2, 3])).toEqual([2, 4]);
    expect(quartiles([7])).toEqual([7, 7]);
    expect(quartiles([])).toEqual([Number.NaN, Number.NaN]);
  });

  it('the processor time of this process grows while it works, by less than a tick of the kernel too', async () => {
    const before = await processorMs(process.pid);
    let after = before;
    for (let work = 0; after === before && work < 1e9; work += 1)
      if (work % 1e5 === 0) after = await processorMs(process.pid);
    expect(after).toBeGreaterThan(before);
    expect(after - before).toBeLessThan(10);
  });
});

describe('rounds', () => {
  it('floor and product take turns, the first round does not count, and neither is always first', async () => {
    const order: string[] = [];
    const log = (name: string) => async () => {
      order.push(name);
      return order.length;
    };
    const results = await interleaved(2, log('floor'), log('product'), () => undefined);
    expect(order).toEqual(['floor', 'product', 'product', 'floor', 'floor', 'product']);
    expect(results).toEqual([
      { floor: 4, product: 3 },
      { floor: 5, product: 6 },
    ]);
  });

  it('never more at once than allowed, each once', async () => {
    let [running, most] = [0, 0];
    const results = await inParallel(20, 4, async (index) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      return index;
    });
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(most).toBe(4);
  });
});

describe('the table', () => {
  const row: BenchRow = { what: 'a figure', value: 59.4, unit: '%', target: { atLeast: 60 }, detail: '' };

  it('says what is short, and judges no quick run', () => {
    expect(verdictOf(row, true)).toBe('short');
    expect(verdictOf({ ...row, value: 60 }, true)).toBe('ok');
    expect(verdictOf({ ...row, target: { atMost: 60 } }, true)).toBe('ok');
    expect(verdictOf({ ...row, value: Number.NaN }, true)).toBe('short');
    expect(verdictOf(row, false)).toBe('');
    expect(verdictOf({ ...row, target: null }, true)).toBe('');
    expect(renderTable([row], true)).toMatch(/^a figure +59\.40 % +≥ 60 % +short$/);
  });
});
