import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonParser } from '../../../src/plugins/parsers/json.parser.ts';
import { plainTextParser } from '../../../src/plugins/parsers/plain-text.parser.ts';
import { spysParser } from '../../../src/plugins/parsers/spys.parser.ts';
import { addressesOf, collect, type Outcome } from '../../contracts/parser.contract.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const folder = process.env.SWITCHYARD_SOURCE_LISTS ?? join(root, '..', 'shared', 'data', 'sources');
const isThere = existsSync(folder);

/** Chunks of the size that a network gives, cut without regard to lines. */
function* chunksOf(fileName: string): Generator<string, void, void> {
  const text = readFileSync(join(folder, fileName), 'utf8');
  for (let start = 0; start < text.length; start += 1400) yield text.slice(start, start + 1400);
}

function countProtocols({ proxies }: Outcome): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { protocol } of proxies) counts[protocol ?? 'default'] = (counts[protocol ?? 'default'] ?? 0) + 1;
  return counts;
}

test('published lists give every proxy that they name', async (context) => {
  if (!isThere) context.skip('no published lists here: SWITCHYARD_SOURCE_LISTS may name their folder');
  const all = await collect(plainTextParser, chunksOf('monosans-all.txt'));
  const json = await collect(jsonParser, chunksOf('monosans-proxies.json'));
  for (const outcome of [all, json]) {
    expect(countProtocols(outcome)).toEqual({ http: 318, socks4: 95, socks5: 79 });
    expect(outcome).toMatchObject({ skipped: 0, error: null });
  }
  expect(new Set(addressesOf(json))).toEqual(new Set(addressesOf(all)));

  const http = await collect(plainTextParser, chunksOf('monosans-http.txt'));
  expect(countProtocols(http)).toEqual({ default: 318 });
  const socks5 = await collect(plainTextParser, chunksOf('monosans-socks5.txt'));
  expect(countProtocols(socks5)).toEqual({ default: 79 });

  const spys = await collect(spysParser, chunksOf('clarketm-proxy-list.txt'));
  const raw = await collect(plainTextParser, chunksOf('clarketm-proxy-list-raw.txt'));
  expect(addressesOf(spys)).toHaveLength(400);
  expect(spys.proxies.every(({ country }) => country !== null)).toBe(true);
  expect(addressesOf(raw)).toEqual(addressesOf(spys));
});
