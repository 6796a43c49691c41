import { expect, it } from 'vitest';
import { parseCrashOptions } from './options.ts';
import { createRandom } from './random.ts';

it('reads the options of a crash test and says what is wrong with others', () => {
  expect(parseCrashOptions(['--acquires', '50', '--kills', '0', '--seed', '7'])).toEqual({
    help: false,
    acquires: 50,
    kills: 0,
    clients: 32,
    proxies: 16,
    reports: 60,
    seed: 7,
  });
  for (const bad of ['', '0', '-1', '1.5', 'many']) {
    expect(() => parseCrashOptions([`--acquires=${bad}`])).toThrow('--acquires wants a whole number');
  }
  expect(() => parseCrashOptions(['--nothing'])).toThrow("Unknown option '--nothing'");
});

it('makes the same choices again with the same seed', () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 1_000 }, () => random.below(100));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(new Set(draw(1)).size).toBeGreaterThan(95);
});
