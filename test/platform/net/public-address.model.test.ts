import { describe, expect, it } from 'vitest';
import { CLOUDFLARE_RANGES, isCloudflareAddress } from '../../../src/platform/net/cloudflare-ranges.ts';
import { BLOCKED_PROXY_PORTS, dialability, isPublicAddress } from '../../../src/platform/net/public-address.ts';
import { NON_PUBLIC_LITERALS } from '../../support/ssrf-spellings.ts';

const deployed = { allowPrivateNetworks: false };
const local = { allowPrivateNetworks: true };

describe('an address', () => {
  it.each(NON_PUBLIC_LITERALS)('%s is not public', (ip) => {
    expect(isPublicAddress(ip)).toBe(false);
    expect(dialability(ip, 8080, deployed)).toBe('not_public');
  });

  it.each([
    '1.2.3.4',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '198.17.255.255',
    '223.255.255.255',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '2001:0:808:808::f7f7:f7f7',
  ])('%s is public', (ip) => {
    expect(isPublicAddress(ip)).toBe(true);
  });

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '0x1.2.3.4',
    '16909060',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '１.2.3.4',
    '[::1]',
    '2a00::1%eth0',
    ':',
    '1'.repeat(10_000),
  ])('%j is no plain literal and judged as not public, wherever it runs', (text) => {
    expect(isPublicAddress(text)).toBe(false);
    expect(dialability(text, 8080, local)).toBe('not_public');
  });
});

describe('whether an endpoint can be dialled', () => {
  it('is yes for a public IPv4 address on an ordinary port', () => {
    expect(dialability('8.8.8.8', 3128, deployed)).toBe('ok');
  });

  it('is yes for loopback and private addresses only where they are allowed', () => {
    for (const ip of ['127.0.10.1', '10.0.0.1', '192.168.0.1']) {
      expect(dialability(ip, 3128, local)).toBe('ok');
      expect(dialability(ip, 3128, deployed)).toBe('not_public');
    }
  });

  it.each([...BLOCKED_PROXY_PORTS])('is no for port %i, private networks allowed or not', (port) => {
    expect(dialability('8.8.8.8', port, deployed)).toBe('blocked_port');
    expect(dialability('127.0.0.1', port, local)).toBe('blocked_port');
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('is no for port %d', (port) => {
    expect(dialability('8.8.8.8', port, local)).toBe('not_public');
  });

  it('is "unsupported" for what the platform can not reach', () => {
    expect(dialability('2a00:1450:4001::1', 80, deployed)).toBe('unsupported_ipv6');
    expect(dialability('::1', 80, local)).toBe('unsupported_ipv6');
    expect(dialability('104.16.1.1', 80, deployed)).toBe('unsupported_cloudflare');
  });
});

describe("Cloudflare's ranges", () => {
  it('hold their first address, and not the one before', () => {
    for (const range of CLOUDFLARE_RANGES) expect(isCloudflareAddress(range.split('/')[0] ?? '')).toBe(true);
    for (const ip of ['104.15.255.255', '172.63.255.255', '162.160.0.0', '2606:46ff::1', '8.8.8.8', 'x']) {
      expect(isCloudflareAddress(ip)).toBe(false);
    }
  });

  it('hold mapped forms of their addresses', () => {
    expect(isCloudflareAddress('::ffff:104.16.0.1')).toBe(true);
  });
});
