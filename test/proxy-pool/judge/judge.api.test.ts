import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createJudge } from '../../../src/proxy-pool/judge/judge.service.ts';
import { MAX_ANSWER_BYTES } from '../../../src/proxy-pool/judge/judge-answer.ts';
import { NONCE_VALID_MS } from '../../../src/proxy-pool/judge/nonce.ts';
import { testBindings } from '../../support/bindings.ts';
import { call, errorCode } from '../../support/harness.ts';

const proxyId = '01890000-0000-7000-8000-00000000abcd';
const callerIp = '203.0.113.9';

/** The other end of the judge, as a check has it, at a time of the test's own. */
function judgeAt(nowMs = Date.now(), secret = testBindings.JUDGE_SECRET) {
  return createJudge({ secret, clock: { nowMs: () => nowMs }, allowPrivateNetworks: false });
}

function ask(nonce: string, headers: Record<string, string> = {}, method = 'GET') {
  return call<Record<string, unknown>>(method, `/judge?nonce=${encodeURIComponent(nonce)}`, {
    headers: { 'cf-connecting-ip': callerIp, ...headers },
  });
}

describe('GET /judge', () => {
  it('answers a nonce of our own with what it sees, in a text that the check takes', async () => {
    const judge = judgeAt();
    const nonce = await judge.mint(proxyId);
    const reply = await ask(nonce, {
      via: '1.1 squid',
      'user-agent': 'check',
      'x-forwarded-for': `9.9.9.9, ${callerIp}`,
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      ip: callerIp,
      country: null,
      asn: null,
      headers: expect.objectContaining({ via: '1.1 squid', 'user-agent': 'check', 'x-forwarded-for': '9.9.9.9' }),
      nonce,
      status: 200,
      answer_id: expect.any(String),
      signature: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(Object.keys(Object(reply.body.headers)).filter((name) => name.startsWith('cf-'))).toEqual([]);
    expect(await judge.read(JSON.stringify(reply.body), { nonce, proxyIp: callerIp })).toEqual({
      ok: true,
      evidence: { exitIp: callerIp, country: null, asn: null, anonymity: 'transparent' },
      status: 200,
      answerId: reply.body.answer_id,
    });
  });

  it('is not to be kept by anybody, and is for no page of another origin', async () => {
    const reply = await ask(await judgeAt().mint(proxyId), { origin: 'https://evil.example' });
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('refuses a nonce that is missing, old, changed, of another secret, or none at all', async () => {
    const fresh = await judgeAt().mint(proxyId);
    const changed = fresh.replace('abcd', 'abce');
    const [claim = ''] = fresh.split(/\.(?=[^.]*$)/);
    const bad = [
      '',
      'x',
      await judgeAt(Date.now() - NONCE_VALID_MS - 1_000).mint(proxyId),
      await judgeAt(Date.now(), 'another-secret-another-secret-another').mint(proxyId),
      changed,
      claim,
      `${claim}.`,
      `${claim}.${'A'.repeat(43)}`,
      fresh.toUpperCase(),
      `${fresh}x`,
      'x'.repeat(10_000),
      '\u0000',
    ];
    for (const nonce of bad) {
      const reply = await ask(nonce);
      expect([nonce.slice(0, 60), reply.status, errorCode(reply)]).toEqual([nonce.slice(0, 60), 403, 'INVALID_NONCE']);
    }
    expect((await call('GET', '/judge')).status).toBe(403);
  });

  it('says so when the edge does not tell who is calling', async () => {
    const reply = await call('GET', `/judge?nonce=${await judgeAt().mint(proxyId)}`);
    expect([reply.status, errorCode(reply)]).toEqual([503, 'UNAVAILABLE']);
  });

  it('stays below 8 KiB under a flood of headers, which hides no sign of a proxy', async () => {
    const judge = judgeAt();
    const nonce = await judge.mint(proxyId);
    const flood = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`a-flood-${index}`, 'x'.repeat(900)]));
    const reply = await ask(nonce, { ...flood, 'x-zz-last': 'y', via: '1.1 hidden', 'x-client-ip': '9.9.9.9' });
    const text = JSON.stringify(reply.body);
    expect(new TextEncoder().encode(text).byteLength).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(reply.body.headers).toMatchObject({ via: '1.1 hidden', 'x-client-ip': '9.9.9.9' });
    expect(await judge.read(text, { nonce, proxyIp: callerIp })).toMatchObject({
      evidence: { anonymity: 'transparent' },
    });
  });

  it('writes nothing', async () => {
    const tables = ['proxies', 'proxy_checks', 'outbox', 'sweeps', 'idempotent_answers'];
    const counts = () =>
      env.DB.batch<{ rows: number }>(tables.map((table) => env.DB.prepare(`SELECT COUNT(*) AS rows FROM ${table}`)));
    const before = (await counts()).map(({ results }) => results);
    await ask(await judgeAt().mint(proxyId));
    await ask('wrong');
    expect((await counts()).map(({ results }) => results)).toEqual(before);
  });
});

describe('an answer of the judge, as a check reads it', () => {
  async function answered() {
    const judge = judgeAt();
    const nonce = await judge.mint(proxyId);
    const { body } = await ask(nonce, { 'user-agent': 'check' });
    const read = (text: string, expectedNonce = nonce) => judge.read(text, { nonce: expectedNonce, proxyIp: callerIp });
    return { body, text: JSON.stringify(body), read, judge };
  }

  it('is taken in its one spelling only: a byte more, less or other is a lie', async () => {
    const { body, text, read } = await answered();
    expect(await read(text)).toMatchObject({ ok: true });
    const others = [
      ` ${text}`,
      `${text}\n`,
      JSON.stringify(body, null, 1),
      text.replace('"nonce"', '"n\\u006fnce"'),
      JSON.stringify({ signature: body.signature, ...body }),
      JSON.stringify({ ...body, extra: 1 }),
      text.slice(0, -1),
    ];
    for (const other of others) {
      expect([other.slice(0, 40), await read(other)]).toEqual([
        other.slice(0, 40),
        { ok: false, verdict: 'body_diff', reason: expect.any(String) },
      ]);
    }
  });

  it('with another address, country or header in it has a wrong signature', async () => {
    const { body, read } = await answered();
    for (const change of [{ ip: '9.9.9.9' }, { country: 'DE' }, { asn: 64_500 }, { headers: {} }]) {
      expect(await read(JSON.stringify({ ...body, ...change }))).toMatchObject({ ok: false, verdict: 'signature' });
    }
    expect(await read(JSON.stringify({ ...body, signature: 'A'.repeat(43) }))).toMatchObject({ verdict: 'signature' });
  });

  it('to another nonce is an old one, however well it is signed', async () => {
    const { text, read, judge } = await answered();
    expect(await read(text, await judge.mint(proxyId))).toMatchObject({ ok: false, verdict: 'replay' });
  });

  it('is told from a page of somebody else', async () => {
    const { read } = await answered();
    for (const page of ['', 'OK', '<html>Please sign in</html>', '{}', 'null', '{"ip":"203.0.113.9"}']) {
      expect([page, await read(page)]).toMatchObject([page, { ok: false, verdict: 'always_200' }]);
    }
  });
});
