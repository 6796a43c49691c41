import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_LINE_BYTES } from '../../../src/plugins/parsers/lines.ts';
import { plainTextParser } from '../../../src/plugins/parsers/plain-text.parser.ts';
import { addressesOf, collect } from '../../contracts/parser.contract.ts';

const protocols = fc.constantFrom('http', 'https', 'socks4', 'socks5');
const credential = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/\p{Cc}/u.test(text) && encodeURIComponent(text).length <= 90);

describe('a plain list', () => {
  test('gives back every proxy that was written into it', async () => {
    const proxy = fc.record({
      ip: fc.ipV4(),
      port: fc.integer({ min: 1, max: 65_535 }),
      protocol: protocols,
      credentials: fc.option(fc.record({ username: credential, password: credential })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(proxy), fc.constantFrom('\n', '\r\n', '\r', ' \n\n'), async (written, newline) => {
        const lines = written.map(({ ip, port, protocol, credentials }) => {
          const userinfo = credentials
            ? `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`
            : '';
          return `${protocol}://${userinfo}${ip}:${port}`;
        });
        const { proxies, skipped } = await collect(plainTextParser, [lines.join(newline)]);
        expect(skipped).toBe(0);
        expect(proxies).toEqual(
          written.map(({ credentials, ...rest }) => ({
            ...rest,
            username: credentials?.username ?? null,
            password: credentials?.password ?? null,
            country: null,
            tags: {},
          })),
        );
      }),
    );
  });

  test('writes IPv6 as RFC 5952 does', async () => {
    const outcome = await collect(plainTextParser, [
      '[2001:0DB8:0:0:0::1]:80\nsocks5://[2001:db8::2]:81\n2001:db8::3:82',
    ]);
    expect(addressesOf(outcome)).toEqual(['[2001:db8::1]:80', '[2001:db8::2]:81']);
    expect(outcome.skipped).toBe(1);
  });

  test.each([
    '192.0.2.1',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.1:080',
    '192.0.2.01:80',
    '192.0.2.256:80',
    '0x7f.1:80',
    '2130706433:80',
    '0177.0.0.1:80',
    '127.1:80',
    '１９２.0.2.1:80',
    '[::ffff:192.0.2.1]:80',
    '[fe80::1%eth0]:80',
    '192.0.2.1:80:user',
    '192.0.2.1:80::pass',
    'ftp://192.0.2.1:80',
    'vmess://192.0.2.1:80',
    'http://192.0.2.1:80@name.example',
    'http://192.0.2.1',
    'http://user:pa%0d%0ass@192.0.2.1:80',
    'http://:pass@192.0.2.1:80',
    `192.0.2.1:80:${'é'.repeat(100)}:${'x'.repeat(100)}`,
  ])('skips and counts %s', async (line) => {
    expect(await collect(plainTextParser, [line])).toMatchObject({ proxies: [], skipped: 1, error: null });
  });

  test('takes the host after the last @, as browsers do', async () => {
    const { proxies } = await collect(plainTextParser, ['http://203.0.113.1:1@198.51.100.2:2#@192.0.2.3:3']);
    expect(proxies).toMatchObject([{ ip: '198.51.100.2', port: 2, username: '203.0.113.1', password: '1' }]);
  });

  test('knows socks4a and socks5h by their protocols', async () => {
    const { proxies } = await collect(plainTextParser, ['socks4a://192.0.2.1:1\nSOCKS5H://192.0.2.2:2']);
    expect(proxies.map(({ protocol }) => protocol)).toEqual(['socks4', 'socks5']);
  });

  test('takes a line of exactly the longest length and skips one byte more', async () => {
    const longest = '192.0.2.1:80 '.padEnd(MAX_LINE_BYTES, 'x');
    expect(await collect(plainTextParser, [longest])).toMatchObject({ proxies: [{ port: 80 }], skipped: 0 });
    expect(await collect(plainTextParser, [`${longest}x`])).toMatchObject({ proxies: [], skipped: 1 });
    const wide = `${'192.0.2.1:80 '.padEnd(MAX_LINE_BYTES - 1, 'x')}é`;
    expect(await collect(plainTextParser, [`${wide}\n192.0.2.2:81`])).toMatchObject({
      proxies: [{ port: 81 }],
      skipped: 1,
    });
  });

  test('counts neither comments nor blank lines', async () => {
    const text = '# a\n// b\n ; c\n\n \t \n192.0.2.1:80 => failure\n192.0.2.2:81 # later';
    expect(await collect(plainTextParser, [text])).toMatchObject({ proxies: [{ port: 80 }, { port: 81 }], skipped: 0 });
  });
});
