import { describe, expect, it } from 'vitest';
import { dnsOverHttpsResolver, MAX_DOH_ANSWER_BYTES, MAX_DOH_ANSWERS } from '../../../src/platform/net/doh.ts';

const ENDPOINT = 'https://dns.example/dns-query?tenant=1';

interface DnsRecord {
  type: number;
  data: unknown;
}

/** A name server that answers by record type, and notes what it was asked. */
function nameServer(records: Record<string, DnsRecord[]>) {
  const asked: string[] = [];
  const fetch = async (input: string): Promise<Response> => {
    asked.push(input);
    return Response.json({ Status: 0, Answer: records[new URL(input).searchParams.get('type') ?? ''] });
  };
  return { asked, resolve: dnsOverHttpsResolver(fetch, ENDPOINT) };
}

describe('a name looked up over HTTPS', () => {
  it('has the addresses of both families, and its aliases are passed over', async () => {
    const { asked, resolve } = nameServer({
      A: [
        { type: 5, data: 'alias.example.' },
        { type: 1, data: '8.8.8.8' },
      ],
      AAAA: [{ type: 28, data: '2a00::1' }],
    });
    expect(await resolve('example.com')).toEqual(['8.8.8.8', '2a00::1']);
    expect(asked).toEqual([`${ENDPOINT}&name=example.com&type=A`, `${ENDPOINT}&name=example.com&type=AAAA`]);
  });

  it('can not add to the question', async () => {
    const { asked, resolve } = nameServer({});
    expect(await resolve('a.b&type=TXT#x')).toEqual([]);
    expect(asked[0]).toBe(`${ENDPOINT}&name=a.b%26type%3DTXT%23x&type=A`);
  });

  it.each([
    ['an address that is none', { A: [{ type: 1, data: 'example.com' }] }],
    ['an address in an odd spelling', { A: [{ type: 1, data: '0x7f.1' }] }],
    ['an address that is no text', { A: [{ type: 1, data: 2130706433 }] }],
    ['too many addresses', { A: Array.from({ length: MAX_DOH_ANSWERS + 1 }, () => ({ type: 1, data: '8.8.8.8' })) }],
  ])('with %s is not resolved', async (_, records) => {
    await expect(nameServer(records).resolve('example.com')).rejects.toThrow();
  });

  it.each([
    ['refuses', () => new Response('no', { status: 503 })],
    ['redirects', () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1/' } })],
    ['answers with something else', () => new Response('<html>')],
    ['never stops', () => new Response('x'.repeat(MAX_DOH_ANSWER_BYTES + 1))],
  ])('by a server that %s is not resolved', async (_, answer) => {
    await expect(dnsOverHttpsResolver(async () => answer(), ENDPOINT)('example.com')).rejects.toThrow();
  });

  it('by a server that is silent is given up in time', async () => {
    const silent = (_: string, init: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    await expect(dnsOverHttpsResolver(silent, ENDPOINT, { timeoutMs: 20 })('example.com')).rejects.toThrow('aborted');
  });
});
