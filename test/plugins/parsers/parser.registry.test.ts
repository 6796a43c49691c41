import { expect, test } from 'vitest';
import { parsers } from '../../../src/plugins/parsers/parser.registry.ts';
import { addressesOf, collect } from '../../contracts/parser.contract.ts';
import { samplesByParser } from './samples.ts';

test.each(Object.values(parsers).map((parser) => [parser.name, parser] as const))(
  'parser %s reads its lists inside a Worker as it does elsewhere',
  async (name, parser) => {
    const lists = samplesByParser[name]?.lists ?? [];
    expect(lists.length).toBeGreaterThan(0);
    for (const { text, addresses, skipped } of lists) {
      const outcome = await collect(parser, text.match(/.{1,7}/gs) ?? []);
      expect(outcome).toMatchObject({ skipped, error: null });
      expect(addressesOf(outcome)).toEqual(addresses);
    }
  },
);
