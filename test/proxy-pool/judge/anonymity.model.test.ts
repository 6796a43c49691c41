import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesIn, classifyAnonymity, isProxyHeader } from '../../../src/proxy-pool/judge/anonymity.model.ts';
import {
  capHeaders,
  MAX_SEEN_HEADERS_BYTES,
  type SeenHeaders,
  withoutEdgeHeaders,
} from '../../../src/proxy-pool/judge/seen-headers.model.ts';

const EXIT = '203.0.113.7';
const PROXY = '198.51.100.9';
const CLIENT = '8.8.4.4';

function classify(headers: SeenHeaders, allowPrivateNetworks = false) {
  return classifyAnonymity({ headers, exitIp: EXIT, proxyIp: PROXY, allowPrivateNetworks });
}

describe('anonymity', () => {
  it.each([
    [[], 'elite'],
    [
      [
        ['accept', '*/*'],
        ['host', CLIENT],
        ['user-agent', `x ${CLIENT}`],
      ],
      'elite',
    ],
    [[['via', '1.1 squid']], 'anonymous'],
    [[['proxy-connection', 'keep-alive']], 'anonymous'],
    [[['x-forwarded-for', 'unknown']], 'anonymous'],
    [[['x-forwarded-for', EXIT]], 'anonymous'],
    [[['x-forwarded-for', `${PROXY}, ${EXIT}`]], 'anonymous'],
    [[['x-forwarded-for', '10.0.0.3']], 'anonymous'],
    [[['x-forwarded-for', CLIENT]], 'transparent'],
    [[['x-forwarded-for', `10.0.0.3, ${CLIENT}:41000`]], 'transparent'],
    [[['forwarded', `for=${CLIENT};proto=http;by=${PROXY}`]], 'transparent'],
    [[['forwarded', 'for="[2001:4860:4860::8888]:4711"']], 'transparent'],
    [[['forwarded', 'for=_hidden, for=unknown']], 'anonymous'],
    [[['client-ip', CLIENT]], 'transparent'],
    [[['x-client-ip', ` "${CLIENT}" `]], 'transparent'],
    // A proxy's own name for itself is no client.
    [[['via', `1.1 ${CLIENT}`]], 'anonymous'],
  ] as [SeenHeaders, string][])('%j is %s', (headers, expected) => {
    expect(classify(headers)).toBe(expected);
  });

  it('any foreign address counts while private networks are allowed', () => {
    expect(classify([['x-forwarded-for', '127.0.0.1']], true)).toBe('transparent');
    expect(classify([['x-forwarded-for', '127.0.0.1']], false)).toBe('anonymous');
  });

  it('two spellings of one address are one address', () => {
    const headers: SeenHeaders = [['x-forwarded-for', '2001:DB8:0:0:0:0:0:1']];
    const seen = { headers, exitIp: '2001:db8::1', proxyIp: PROXY, allowPrivateNetworks: true };
    expect(classifyAnonymity(seen)).toBe('anonymous');
  });

  it('never throws and is elite exactly without proxy headers, whatever is sent', () => {
    const name = fc.oneof(fc.constantFrom('via', 'forwarded', 'x-forwarded-for', 'accept'), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (headers) => {
        expect(classify(headers) === 'elite').toBe(!headers.some(([own]) => isProxyHeader(own)));
      }),
    );
  });

  it('finds the addresses of a list in order', () => {
    expect(addressesIn(`unknown, ${CLIENT}, 1.2.3, [::1]:80 ;for=9.9.9.9`)).toEqual([CLIENT, '::1', '9.9.9.9']);
  });
});

describe('what the judge says it saw', () => {
  it('lacks what the edge added, and only that', () => {
    const headers: SeenHeaders = [
      ['Accept', '*/*'],
      ['CF-Connecting-IP', EXIT],
      ['cf-ray', 'abc'],
      ['cdn-loop', 'cloudflare'],
      ['x-forwarded-proto', 'http'],
      ['x-real-ip', EXIT],
      ['x-forwarded-for', `${CLIENT}, ${EXIT}`],
    ];
    expect(withoutEdgeHeaders(headers)).toEqual([
      ['accept', '*/*'],
      ['x-forwarded-for', CLIENT],
    ]);
    expect(withoutEdgeHeaders([['x-forwarded-for', EXIT]])).toEqual([]);
  });

  it('is bounded, and no flood of headers hides the ones that matter', () => {
    const flood = Array.from({ length: 500 }, (_, index): [string, string] => [`x-junk-${index}`, 'y'.repeat(2_000)]);
    const kept = capHeaders([...flood, ['x-forwarded-for', CLIENT]], isProxyHeader);
    expect(kept[0]).toEqual(['x-forwarded-for', CLIENT]);
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(MAX_SEEN_HEADERS_BYTES + 1);
  });
});
