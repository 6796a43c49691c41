import { z } from 'zod';
import { toBase64, utf8 } from '../../platform/bytes.ts';
import type { TokenGrant } from '../credentials/credential.types.ts';

/** A server that gave no token is left alone for so long (contract: no storm). */
export const FAILURE_REMEMBERED_MS = 30_000;
/** A token that the target refuses is replaced once in this time: one that takes none would make us ask for each call. */
export const MIN_REPLACEMENT_MS = 30_000;
/** A token is not used in its last seconds: the call that carries it takes time, and clocks differ. */
const EARLY_MS = 10_000;
/** For a server that names no lifetime (RFC 6749 section 5.1 recommends that it does). */
const DEFAULT_LIFETIME_SECONDS = 300;
/** A longer life is not believed: tokens are revoked meanwhile. */
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;
/** Fits into a header field that servers take. */
const MAX_TOKEN_CHARACTERS = 8_192;

export interface Token {
  /** As it stands behind `Bearer `. */
  text: string;
  obtainedAtMs: number;
  expiresAtMs: number;
}

/** What a vault knows of its credential's token. */
export interface TokenState {
  token: Token | null;
  /** Why no token was got, while that counts. */
  failure: { problem: string; untilMs: number } | null;
  /** When a token was last replaced because the target refused it. */
  replacedAtMs: number | null;
}

export type TokenDecision = { kind: 'use'; token: Token } | { kind: 'fail'; problem: string } | { kind: 'refresh' };

function isUsable({ obtainedAtMs, expiresAtMs }: Token, nowMs: number): boolean {
  const lifetimeMs = expiresAtMs - obtainedAtMs;
  // Of a token that lives for seconds only the last tenth is left out.
  return nowMs < expiresAtMs - Math.min(EARLY_MS, lifetimeMs / 10);
}

/** What to do for a caller that wants a token, and whose last one (`rejected`) the target refused. */
export function decideToken(state: TokenState, rejected: string | null, nowMs: number): TokenDecision {
  const { token, failure, replacedAtMs } = state;
  if (token && isUsable(token, nowMs)) {
    const wasReplaced = replacedAtMs !== null && nowMs < replacedAtMs + MIN_REPLACEMENT_MS;
    if (token.text !== rejected || wasReplaced) return { kind: 'use', token };
  }
  if (failure && nowMs < failure.untilMs) return { kind: 'fail', problem: failure.problem };
  return { kind: 'refresh' };
}

/** The state after a refresh that a caller with a `rejected` token, or with none, began. */
export function afterRefresh(
  state: TokenState,
  got: Token | string,
  rejected: string | null,
  nowMs: number,
): TokenState {
  if (typeof got === 'string') {
    return { ...state, token: null, failure: { problem: got, untilMs: nowMs + FAILURE_REMEMBERED_MS } };
  }
  const replaced = rejected !== null && rejected === state.token?.text;
  return { token: got, failure: null, replacedAtMs: replaced ? nowMs : state.replacedAtMs };
}

/** `application/x-www-form-urlencoded` of one value, as RFC 6749 section 2.3.1 wants it in Basic credentials. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** Where the client's name and secret stand: in the header, which servers must take, or in the form, which some insist on. */
export const clientAuthentications = ['basic', 'form'] as const;
export type ClientAuthentication = (typeof clientAuthentications)[number];

/** The request for a token: client credentials grant (RFC 6749 section 4.4.2), `audience` as common servers take it. */
export function tokenRequest(grant: TokenGrant, authentication: ClientAuthentication): RequestInit {
  const { clientId, clientSecret, scope, audience } = grant;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== null) form.set('scope', scope);
  if (audience !== null) form.set('audience', audience);
  const headers = new Headers({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' });
  if (authentication === 'basic') {
    const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    headers.set('authorization', `Basic ${toBase64(utf8(pair))}`);
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  return { method: 'POST', headers, body: form.toString(), redirect: 'manual' };
}

const answerSchema = z.object({
  access_token: z
    .string()
    .max(MAX_TOKEN_CHARACTERS)
    // RFC 6750 section 2.1, and what other servers put there that a header can hold.
    .regex(/^[\x21-\x7e]+$/),
  token_type: z.string().optional(),
  expires_in: z.coerce.number().positive().optional(),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The token in a server's answer (RFC 6749 section 5.1), or why there is none, in words without anything of the answer. */
export function readTokenAnswer(status: number, text: string, nowMs: number): Token | string {
  if (status !== 200) return `it answered with status ${status}`;
  const answer = answerSchema.safeParse(parsed(text));
  if (!answer.success) return 'its answer is no token response';
  const { access_token, token_type = 'bearer', expires_in = DEFAULT_LIFETIME_SECONDS } = answer.data;
  if (token_type.toLowerCase() !== 'bearer') return 'its token is not a bearer token';
  const lifetimeSeconds = Math.min(expires_in, MAX_LIFETIME_SECONDS);
  return { text: access_token, obtainedAtMs: nowMs, expiresAtMs: nowMs + lifetimeSeconds * 1_000 };
}
