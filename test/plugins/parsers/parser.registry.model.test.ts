import { describe, expect, test } from 'vitest';
import { detectParser, findParser, parsers } from '../../../src/plugins/parsers/parser.registry.ts';
import { runParserContract } from '../../contracts/parser.contract.ts';
import { samplesByParser } from './samples.ts';

for (const parser of Object.values(parsers)) {
  const samples = samplesByParser[parser.name];
  if (!samples) throw new Error(`Parser ${parser.name} has no samples for the contract`);
  runParserContract(parser, samples);
}

describe('the parser of a source', () => {
  test.each([
    ['https://lists.example/proxies.txt', 'plaintext'],
    ['https://lists.example/http.TXT?type=json', 'plaintext'],
    ['https://lists.example/v1.2/proxies', 'plaintext'],
    ['https://lists.example/', 'plaintext'],
    ['https://lists.example/a.json', 'json'],
    ['https://lists.example/a.csv', 'csv'],
    ['https://lists.example/a.html', 'html_table'],
    ['https://lists.example/a.htm', 'html_table'],
    ['https://lists.example/index.php?page=1', 'html_table'],
    ['https://lists.example/a.b64', 'base64'],
    ['https://lists.example/a.base64', 'base64'],
    ['https://spys.me/proxy.txt', 'spys'],
    ['https://www.spys.me/socks.txt', 'spys'],
    ['https://notspys.me/proxy.txt', 'plaintext'],
    ['https://lists.example/a.zip', null],
  ])('of %s is %s', (url, name) => {
    expect(detectParser(new URL(url))?.name ?? null).toBe(name);
  });

  test('is found by its name alone', () => {
    for (const [name, parser] of Object.entries(parsers)) {
      expect(parser.name).toBe(name);
      expect(findParser(name)).toBe(parser);
    }
    expect(findParser('toString')).toBeNull();
  });
});
