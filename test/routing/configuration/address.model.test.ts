import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  canonicalAddressOf,
  displayAddress,
  parseProxyAddress,
} from '../../../src/routing/configuration/address.model.ts';

describe('an address of a proxy', () => {
  it.each([
    ['10.2.0.1:3128', 'http://10.2.0.1:3128', '10.2.0.1:3128'],
    ['HTTP://10.2.0.1:3128', 'http://10.2.0.1:3128', '10.2.0.1:3128'],
    ['socks5://Proxy.Example.com:1080', 'socks5://proxy.example.com:1080', 'socks5://proxy.example.com:1080'],
    ['https://10.0.0.1:443', 'https://10.0.0.1:443', 'https://10.0.0.1:443'],
    ['socks4://10.0.0.1:65535', 'socks4://10.0.0.1:65535', 'socks4://10.0.0.1:65535'],
  ])('%s is %s, and people read %s', (text, canonical, shown) => {
    expect(canonicalAddressOf(text)).toBe(canonical);
    expect(displayAddress(canonical)).toBe(shown);
  });

  it.each([
    '',
    '10.0.0.1',
    ':3128',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    '10.0.0.1:080',
    '10.0.0.1:3128/',
    'http://10.0.0.1:3128/path',
    'http://user:secret@10.0.0.1:3128',
    'user@10.0.0.1:3128',
    'ftp://10.0.0.1:21',
    '[::1]:3128',
    '::1:3128',
    '10.0.0.1 :3128',
    '10.0.0.1:3128\r\nX: y',
    '10.0.0.1:3128\n',
    '127.1:80',
    '0x7f.1:80',
    '0x7f000001:80',
    '2130706433:80',
    '0177.0.0.1:80',
    '127.0.0.1.:80',
    'example.0x:80',
    '１２７.０.０.１:80',
    `${'a'.repeat(400)}:80`,
  ])('%j is none', (text) => {
    expect(parseProxyAddress(text)).toBeNull();
  });

  it('is the same however often it is read and written', () => {
    const protocols = fc.constantFrom('http', 'https', 'socks4', 'socks5');
    const hosts = fc.oneof(fc.ipV4(), fc.domain());
    fc.assert(
      fc.property(protocols, hosts, fc.integer({ min: 1, max: 65_535 }), (protocol, host, port) => {
        const canonical = canonicalAddressOf(`${protocol}://${host}:${port}`);
        const parsed = parseProxyAddress(canonical);
        expect(parsed && canonicalAddress(parsed)).toBe(canonical);
        expect(canonicalAddressOf(displayAddress(canonical))).toBe(canonical);
      }),
    );
  });
});
