import { describe, expect, it } from 'vitest';
import type { TokenGrant } from '../../../src/gateway/credentials/credential.types.ts';
import {
  afterRefresh,
  decideToken,
  FAILURE_REMEMBERED_MS,
  MIN_REPLACEMENT_MS,
  readTokenAnswer,
  type Token,
  type TokenState,
  tokenRequest,
} from '../../../src/gateway/tokens/token.model.ts';

const NOW_MS = 1_000_000;
const empty: TokenState = { token: null, failure: null, replacedAtMs: null };
const token = (text: string, lifetimeMs = 3_600_000): Token => ({
  text,
  obtainedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + lifetimeMs,
});

describe('a vault', () => {
  it('asks for a token when it has none, and keeps it until shortly before its end', () => {
    expect(decideToken(empty, null, NOW_MS)).toEqual({ kind: 'refresh' });
    const state = afterRefresh(empty, token('a'), null, NOW_MS);
    expect(decideToken(state, null, NOW_MS + 3_500_000)).toMatchObject({ kind: 'use', token: { text: 'a' } });
    expect(decideToken(state, null, NOW_MS + 3_590_001)).toEqual({ kind: 'refresh' });
    const brief = afterRefresh(empty, token('b', 5_000), null, NOW_MS);
    expect(decideToken(brief, null, NOW_MS + 4_000).kind).toBe('use');
    expect(decideToken(brief, null, NOW_MS + 4_600).kind).toBe('refresh');
  });

  it('replaces a token that the target refuses, once in a while; an older one than it has costs nothing', () => {
    const first = afterRefresh(empty, token('a'), null, NOW_MS);
    expect(decideToken(first, 'a', NOW_MS + 1)).toEqual({ kind: 'refresh' });
    const second = afterRefresh(first, token('b'), 'a', NOW_MS + 1);
    expect(decideToken(second, 'a', NOW_MS + 2)).toMatchObject({ kind: 'use', token: { text: 'b' } });
    expect(decideToken(second, 'b', NOW_MS + 2)).toMatchObject({ kind: 'use', token: { text: 'b' } });
    expect(decideToken(second, 'b', NOW_MS + 1 + MIN_REPLACEMENT_MS)).toEqual({ kind: 'refresh' });
  });

  it('leaves a server that failed alone for 30 seconds', () => {
    const failed = afterRefresh(empty, 'it answered with status 500', null, NOW_MS);
    const soon = decideToken(failed, null, NOW_MS + FAILURE_REMEMBERED_MS - 1);
    expect(soon).toEqual({ kind: 'fail', problem: 'it answered with status 500' });
    expect(decideToken(failed, null, NOW_MS + FAILURE_REMEMBERED_MS)).toEqual({ kind: 'refresh' });
    expect(afterRefresh(failed, token('a'), null, NOW_MS).failure).toBeNull();
  });
});

describe('a token request', () => {
  const grant: TokenGrant = {
    tokenUrl: 'https://login.example.com/token',
    clientId: 'an id:',
    clientSecret: 'pä&ss+',
    scope: 'read write',
    audience: 'https://api.example.com/',
  };

  it('shows the client in the header, form-encoded first (RFC 6749 section 2.3.1)', () => {
    const { headers, body } = tokenRequest(grant, 'basic');
    expect(new Headers(headers).get('authorization')).toBe(`Basic ${btoa('an+id%3A:p%C3%A4%26ss%2B')}`);
    expect(body).toBe('grant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fapi.example.com%2F');
  });

  it('or in the form', () => {
    const { headers, body } = tokenRequest({ ...grant, scope: null, audience: null }, 'form');
    expect(new Headers(headers).has('authorization')).toBe(false);
    expect(body).toBe('grant_type=client_credentials&client_id=an+id%3A&client_secret=p%C3%A4%26ss%2B');
  });
});

describe("an authorization server's answer", () => {
  it('holds a token and how long it lives', () => {
    const text = '{"access_token":"abc","token_type":"bearer","expires_in":"60"}';
    expect(readTokenAnswer(200, text, NOW_MS)).toEqual({
      text: 'abc',
      obtainedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 60_000,
    });
    expect(readTokenAnswer(200, '{"access_token":"abc"}', NOW_MS)).toMatchObject({ expiresAtMs: NOW_MS + 300_000 });
    const endless = '{"access_token":"abc","expires_in":1e12}';
    expect(readTokenAnswer(200, endless, NOW_MS)).toMatchObject({ expiresAtMs: NOW_MS + 86_400_000 });
  });

  it.each([
    [500, '{"access_token":"abc"}', 'it answered with status 500'],
    [302, '', 'it answered with status 302'],
    [200, '<html>', 'its answer is no token response'],
    [200, '{"access_token":"a\\r\\nx: y"}', 'its answer is no token response'],
    [200, '{"access_token":"abc","expires_in":-1}', 'its answer is no token response'],
    [200, '{"access_token":"abc","token_type":"mac"}', 'its token is not a bearer token'],
  ])('with status %s and %s gives none', (status, text, problem) => {
    expect(readTokenAnswer(status, text, NOW_MS)).toBe(problem);
  });
});
