import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDialer, DialError, type DialRequest, type ProxyEndpoint } from '../../../src/platform/net/dialer.ts';
import { injectionStrings } from '../../support/injection-strings.ts';

/** Requests that wait for their answers at once. */
const AT_ONCE = 20;

const dialer = createDialer({ allowPrivateNetworks: true });

function peer(name: string): { host: string; port: number } {
  const address = env.TEST_PEERS.net[name];
  if (!address) throw new Error(`There is no peer called ${name}.`);
  return address;
}

const originUrl = `http://127.0.0.1:${peer('origin').port}/`;

function through(name: string, password: string): ProxyEndpoint {
  const { host: ip, port } = peer(name);
  return { protocol: name === 'httpProxy' ? 'http' : 'https', ip, port, username: 'me', password };
}

/** Where a caller's text may come to stand, and how many lines a request with it there has. */
const PLACES: Record<string, { request: (text: string) => DialRequest; lines: number; refusesAll?: boolean }> = {
  'the path': { request: (text) => ({ endpoint: null, url: `${originUrl}${text}` }), lines: 4 },
  'the query': { request: (text) => ({ endpoint: null, url: `${originUrl}?q=${text}` }), lines: 4 },
  'the host': {
    request: (text) => ({ endpoint: null, url: `${originUrl.slice(0, -1)}${text}/` }),
    lines: 4,
    refusesAll: true,
  },
  'the method': { request: (text) => ({ endpoint: null, url: originUrl, method: text }), lines: 4, refusesAll: true },
  'a header name': {
    request: (text) => ({ endpoint: null, url: originUrl, headers: [[text, 'v']] }),
    lines: 5,
    refusesAll: true,
  },
  'a header value': { request: (text) => ({ endpoint: null, url: originUrl, headers: [['X', text]] }), lines: 5 },
  // That proxy adds a line, and takes the credentials for itself.
  'the password of a proxy': {
    request: (text) => ({ endpoint: through('httpProxy', text), url: originUrl }),
    lines: 5,
  },
  'the password of a tunnel': {
    request: (text) => ({ endpoint: through('connectProxy', text), url: originUrl }),
    lines: 4,
  },
  'a path by absolute-form': {
    request: (text) => ({ endpoint: through('httpProxy', 'me'), url: `${originUrl}${text}` }),
    lines: 5,
  },
};

/** The lines that the origin received, or null when nothing was sent. */
async function linesAt(request: DialRequest): Promise<string[] | null> {
  try {
    const { body } = await dialer.request(request);
    return (JSON.parse(new TextDecoder().decode(body)) as { lines: string[] }).lines;
  } catch (error) {
    if (error instanceof DialError && error.code === 'invalid_request') return null;
    throw error;
  }
}

describe(`${injectionStrings.length} texts that try to start a line of their own`, () => {
  it('are more than the floor', () => {
    expect(new Set(injectionStrings).size).toBeGreaterThanOrEqual(200);
  });

  it.each(Object.entries(PLACES))(
    'add none at a raw socket from %s',
    async (_, { request, lines, refusesAll = false }) => {
      let sent = 0;
      for (let start = 0; start < injectionStrings.length; start += AT_ONCE) {
        const received = await Promise.all(
          injectionStrings.slice(start, start + AT_ONCE).map((text) => linesAt(request(text))),
        );
        for (const seen of received) {
          if (seen === null) continue;
          sent += 1;
          expect(seen).toHaveLength(lines);
          expect(seen.filter((line) => /^(x-injected|proxy-authorization|transfer-encoding)/i.test(line))).toEqual([]);
          expect(seen.filter((line) => /^host:/i.test(line))).toEqual([`Host: 127.0.0.1:${peer('origin').port}`]);
        }
      }
      // Where a text can be written so that it is harmless, it is sent; nowhere else.
      expect(sent > 0).toBe(!refusesAll);
    },
  );
});
