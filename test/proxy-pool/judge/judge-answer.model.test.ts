import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../src/proxy-pool/judge/hmac.ts';
import {
  asPage,
  type JudgeFacts,
  readJudgeAnswer,
  signJudgeAnswer,
} from '../../../src/proxy-pool/judge/judge-answer.ts';
import { findInjectedHeader, findLeak, withoutCredentials } from '../../../src/proxy-pool/judge/leaks.model.ts';
import { createRoundJudge } from '../../../src/proxy-pool/judge/round-judge.ts';

const signer = createSigner('a secret of thirty-two characters');
const facts: JudgeFacts = {
  ip: '203.0.113.7',
  country: 'DE',
  asn: 64_501,
  headers: { host: 'judge.test', accept: 'text/html', 'x-odd': '</script><b>"\\u003c' },
  nonce: 'the nonce',
  status: 200,
  answerId: 'answer 1',
};
const expected = { nonce: 'the nonce', proxyIp: '198.51.100.9', allowPrivateNetworks: false };

async function textOf(changes: Partial<JudgeFacts> = {}): Promise<string> {
  return JSON.stringify(await signJudgeAnswer(signer, { ...facts, ...changes }));
}

async function verdictOn(text: string): Promise<string> {
  const reading = await readJudgeAnswer(signer, text, expected);
  return reading.ok ? 'ok' : reading.verdict;
}

describe("the judge's answer", () => {
  it('is taken as JSON and as a page, and is the same in both', async () => {
    const json = await textOf();
    const page = asPage(json);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    const readings = await Promise.all([json, page].map((text) => readJudgeAnswer(signer, text, expected)));
    expect(readings[0]).toEqual(readings[1]);
    expect(readings[0]).toMatchObject({ ok: true, status: 200, answerId: 'answer 1' });
  });

  it('is not taken with any byte changed, dropped or doubled, in either form', async () => {
    const json = await textOf();
    for (const text of [json, asPage(json)]) {
      for (let index = 0; index < text.length; index += 1) {
        const [before, letter = '', after] = [text.slice(0, index), text[index], text.slice(index + 1)];
        const other = letter === 'a' ? 'b' : 'a';
        for (const changed of [before + other + after, before + after, before + letter + letter + after]) {
          if (changed !== text) expect(await verdictOn(changed)).not.toBe('ok');
        }
      }
    }
  });

  it('is not taken with anything put in or after it', async () => {
    const json = await textOf();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(json, asPage(json)),
        fc.nat(),
        fc.string({ minLength: 1 }),
        async (text, at, extra) => {
          const place = at % (text.length + 1);
          expect(await verdictOn(text.slice(0, place) + extra + text.slice(place))).not.toBe('ok');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('names the way in which it is not ours', async () => {
    expect(await verdictOn('<html>Welcome</html>')).toBe('always_200');
    expect(await verdictOn('')).toBe('always_200');
    expect(await verdictOn((await textOf()).replace('"DE"', '"CH"'))).toBe('signature');
    expect(await verdictOn(asPage(await textOf()).replace('</body>', '<script></script></body>'))).toBe('body_diff');
    expect(await verdictOn(await textOf({ nonce: 'an older nonce' }))).toBe('replay');
    expect(await verdictOn(await textOf({ headers: { 'proxy-authorization': '[redacted]' } }))).toBe('header_leak');
  });
});

describe('leaks', () => {
  it('are credentials and names of subscribers, and nothing that honest proxies add', () => {
    for (const name of ['proxy-authorization', 'authorization', 'cookie', 'x-uidh', 'x-msisdn']) {
      expect(findLeak([[name, 'x']])).not.toBeNull();
    }
    const honest = [
      'via',
      'x-forwarded-for',
      'forwarded',
      'cache-control',
      'surrogate-capability',
      'user-agent',
      'x-id',
    ];
    expect(findLeak(honest.map((name) => [name, 'x'] as const))).toBeNull();
  });

  it('are never repeated by the judge', () => {
    expect(
      withoutCredentials([
        ['proxy-authorization', 'Basic c2VjcmV0'],
        ['via', '1.1 x'],
      ]),
    ).toEqual([
      ['proxy-authorization', '[redacted]'],
      ['via', '1.1 x'],
    ]);
  });

  it('in answers are headers that make a client act, but not the cookies of our own edge', () => {
    const edge = [
      ['Set-Cookie', '__cf_bm=abc; path=/'],
      ['Via', '1.1 squid'],
      ['X-Cache', 'MISS'],
      ['Vary', 'Accept'],
    ] as const;
    expect(findInjectedHeader(edge)).toBeNull();
    expect(findInjectedHeader([...edge, ['Set-Cookie', 'visitor=1']])).toBe('Set-Cookie');
    expect(findInjectedHeader([['refresh', '0;url=http://192.0.2.1/']])).toBe('refresh');
  });
});

describe('the answers of one round', () => {
  let answers = 0;

  function round() {
    return createRoundJudge({
      judge: {
        mint: async () => 'the nonce',
        read: (text) => readJudgeAnswer(signer, text, expected),
      },
      judgeUrl: 'http://judge.test',
      judgeTlsUrl: '',
      tlsFingerprints: [],
      proxyId: 'p',
      proxyIp: expected.proxyIp,
    });
  }

  async function answer(changes: Partial<JudgeFacts> = {}, headers: [string, string][] = []) {
    answers += 1;
    return { headers, body: new TextEncoder().encode(await textOf({ answerId: `answer ${answers}`, ...changes })) };
  }

  it('are asked for at one URL, and two new ones from one country are honest', async () => {
    const judge = round();
    const { url, nonce } = await judge.createRequest();
    expect(url.href).toBe('http://judge.test/judge?nonce=the+nonce');
    expect(await judge.repeatRequest()).toEqual({ url, nonce });
    expect(await judge.read(await answer(), nonce)).toMatchObject({ ok: true });
    // Many proxies have several addresses, and the edge does not know every place.
    expect(await judge.read(await answer({ ip: '203.0.113.8' }), nonce)).toMatchObject({ ok: true });
    expect(await judge.read(await answer({ country: null }), nonce)).toMatchObject({ ok: true });
  });

  it('give a copy, a moving exit and a header put in away', async () => {
    const judge = round();
    const first = await answer();
    expect(await judge.read(first, 'the nonce')).toMatchObject({ ok: true });
    expect(await judge.read(first, 'the nonce')).toMatchObject({ ok: false, verdict: 'replay' });
    expect(await judge.read(await answer({ country: 'CH' }), 'the nonce')).toMatchObject({ verdict: 'exit_ip' });
    const withCookie = await answer({}, [['Set-Cookie', 'a=b']]);
    expect(await judge.read(withCookie, 'the nonce')).toMatchObject({ ok: false, verdict: 'body_diff' });
  });
});
