import { describe, expect, test } from 'vitest';
import { base64Parser } from '../../../src/plugins/parsers/base64.parser.ts';
import { csvParser } from '../../../src/plugins/parsers/csv.parser.ts';
import { htmlTableParser } from '../../../src/plugins/parsers/html-table.parser.ts';
import { jsonParser, MAX_JSON_DEPTH } from '../../../src/plugins/parsers/json.parser.ts';
import { SourceParseError } from '../../../src/plugins/parsers/parser.types.ts';
import { spysParser } from '../../../src/plugins/parsers/spys.parser.ts';
import { addressesOf, collect } from '../../contracts/parser.contract.ts';

describe('a spys list', () => {
  test('tells country, anonymity, SSL, exit address and Google', async () => {
    const { proxies } = await collect(spysParser, ['192.0.2.1:80 DE-N-S! + \n192.0.2.2:81 US-H -']);
    expect(proxies).toMatchObject([
      {
        country: 'DE',
        tags: { anonymity: 'transparent', ssl: 'true', exit_ip_differs: 'true', google_passed: 'true' },
      },
      { country: 'US', tags: { anonymity: 'elite', google_passed: 'false' } },
    ]);
  });
});

describe('a JSON list', () => {
  test('gives one proxy for each protocol, with country and credentials', async () => {
    const entry = {
      ip: '192.0.2.1',
      port: 80,
      protocols: ['http', 'SOCKS5', 'vmess'],
      country: 'Germany',
      geolocation: { country: { iso_code: 'de' }, registered_country: { iso_code: 'US' } },
      username: 'user',
      password: 'secret',
    };
    const { proxies, skipped } = await collect(jsonParser, [JSON.stringify({ deep: [{ er: entry }] })]);
    const shared = { ip: '192.0.2.1', port: 80, username: 'user', password: 'secret', country: 'DE' };
    expect(proxies).toMatchObject([
      { ...shared, protocol: 'http' },
      { ...shared, protocol: 'socks5' },
    ]);
    expect(skipped).toBe(0);
  });

  test('skips an entry of a protocol that nobody here speaks, but not one whose type means anonymity', async () => {
    const text = '[{"ip":"192.0.2.1","port":80,"protocol":"vmess"},{"ip":"192.0.2.2","port":80,"type":"elite"}]';
    expect(await collect(jsonParser, [text])).toMatchObject({
      proxies: [{ ip: '192.0.2.2', protocol: null }],
      skipped: 1,
    });
  });

  test('prefers the address field to a longer form, and takes the longer form alone', async () => {
    const text =
      '[{"proxy":"socks5://192.0.2.9:9","ip":"192.0.2.1","port":80},{"proxy":"socks5://u:p@192.0.2.2:81"},{"address":"192.0.2.3:82"}]';
    const { proxies } = await collect(jsonParser, [text]);
    expect(proxies).toMatchObject([
      { ip: '192.0.2.1', port: 80 },
      { ip: '192.0.2.2', port: 81, protocol: 'socks5', username: 'u', password: 'p' },
      { ip: '192.0.2.3', port: 82 },
    ]);
  });

  test('may be texts under the name of their protocol', async () => {
    const { proxies } = await collect(jsonParser, ['{"socks5":["192.0.2.1:1080"],"http":["https://192.0.2.2:443"]}']);
    expect(proxies.map(({ protocol }) => protocol)).toEqual(['socks5', 'https']);
  });

  test('survives an overlong text, which is no field any more', async () => {
    const text = `[{"note":"${'\\"'.repeat(5000)}","ip":"192.0.2.1","port":80},{"ip":"192.0.2.2${' '.repeat(5000)}","port":80}]`;
    expect(await collect(jsonParser, [text])).toMatchObject({ proxies: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }] });
  });

  test.each([
    '[{"ip":"192.0.2.1","port":80},',
    '[{"ip":"192.0.2.1","port":80}}',
    '[{"ip":"192.0.2.1","port":80} {}]',
    '[{"ip":"192.0.2.1","port":80},]',
    '[{"ip":"192.0.2.1","port":80},{"a" 1}]',
    '[{"ip":"192.0.2.1","port":80},{1:1}]',
    '[{"ip":"192.0.2.1","port":80},hunter2]',
    `[{"ip":"192.0.2.1","port":80},${'1'.repeat(100)}]`,
    `[{"ip":"192.0.2.1","port":80},${'['.repeat(MAX_JSON_DEPTH)}]`,
    '[{"ip":"192.0.2.1","port":80},{"password":"hunter2',
  ])('that breaks off keeps what it gave and says so without quoting: %s', async (text) => {
    const outcome = await collect(jsonParser, [text]);
    expect(addressesOf(outcome)).toEqual(['192.0.2.1:80']);
    expect(outcome.error).toBeInstanceOf(SourceParseError);
    expect(String(outcome.error)).not.toContain('hunter2');
  });

  test('that is a web page in truth says so', async () => {
    expect(String((await collect(jsonParser, [' <!doctype html>'])).error)).toContain('looks like HTML');
  });
});

describe('a CSV list', () => {
  test('without a header that names addresses gives nothing and is not read on', async () => {
    let isReadOn = false;
    function* chunks() {
      yield 'first,second\n192.0.2.1,80\n';
      isReadOn = true;
      yield '192.0.2.1,80\n';
    }
    expect(await collect(csvParser, chunks())).toMatchObject({ proxies: [], skipped: 1, error: null });
    expect(isReadOn).toBe(false);
  });

  test('loses only some lines to a quote that is never closed', async () => {
    const rest = '192.0.2.2,81\n'.repeat(1000);
    const outcome = await collect(csvParser, [`ip,port\n192.0.2.1,80\n"192.0.2.9,80\n${rest}`]);
    expect(outcome.skipped).toBe(1);
    expect(outcome.proxies.length).toBeGreaterThan(600);
  });

  test('says https by its own column, unless another names the protocol', async () => {
    const text = 'ip,port,https,protocol\n192.0.2.1,80,yes,\n192.0.2.2,80,no,\n192.0.2.3,80,yes,"SOCKS4, SOCKS5"';
    const { proxies } = await collect(csvParser, [text]);
    expect(proxies.map(({ protocol }) => protocol)).toEqual(['https', null, 'socks4', 'socks5']);
  });
});

describe('an HTML table', () => {
  test('may be nested in another one that only lays out the page', async () => {
    const inner = '<table><tr><th>IP<th>Port<th>Type<tr><td>192.0.2.1<td>80<td>SOCKS5<tr><td colspan=3>ad</table>';
    const outcome = await collect(htmlTableParser, [`<table><tr><td>menu<td>${inner}<td>198.51.100.1:81</table>`]);
    expect(outcome.proxies).toMatchObject([{ ip: '192.0.2.1', protocol: 'socks5' }, { ip: '198.51.100.1' }]);
  });

  test('is still found after markup that never ends properly', async () => {
    const text = `${'<div>'.repeat(50_000)}<table><tr><td>192.0.2.1<td>80</table>`;
    expect(addressesOf(await collect(htmlTableParser, [text]))).toEqual(['192.0.2.1:80']);
  });

  test('counts an address without a port as skipped, and rows about something else not at all', async () => {
    const text = '<table><tr><td>192.0.2.1<td>none<tr><td>hello<td>80</table>';
    expect(await collect(htmlTableParser, [text])).toMatchObject({ proxies: [], skipped: 1 });
  });
});

describe('a base64 list', () => {
  const encoded = btoa('192.0.2.1:80\n192.0.2.2:81?>');

  test('takes either alphabet, with padding or without', async () => {
    for (const text of [encoded, encoded.replace(/=+$/, ''), encoded.replaceAll('+', '-').replaceAll('/', '_')]) {
      expect(await collect(base64Parser, [text])).toMatchObject({ proxies: [{ ip: '192.0.2.1' }], skipped: 1 });
    }
  });

  test.each(['192.0.2.1:80', '<!doctype html>', 'AAAAA', 'QUJD====', 'QQ==QQ==', '!'])(
    'that is none gives nothing and is counted: %s',
    async (text) => {
      const outcome = await collect(base64Parser, [text]);
      expect(outcome).toMatchObject({ proxies: [], error: null });
      expect(outcome.skipped).toBeGreaterThanOrEqual(1);
    },
  );

  test('that breaks off within an entry does not give half of it', async () => {
    const text = `${btoa('192.0.2.1:80\n192.0.2.2:80')}80!`;
    expect(addressesOf(await collect(base64Parser, [text]))).toEqual(['192.0.2.1:80']);
  });
});
