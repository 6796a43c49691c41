import { piecesOf, readWithin } from '../../platform/http/read-within.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import type { TokenGrant } from '../credentials/credential.types.ts';
import { clientAuthentications, readTokenAnswer, type Token, tokenRequest } from './token.model.ts';

/** For one answer of the token endpoint, all of it. */
export const TOKEN_TIMEOUT_MS = 10_000;
/** A token response has a few hundred bytes, one with a large JWT some thousand. */
export const MAX_TOKEN_ANSWER_BYTES = 64 * 1_024;
/** What a server answers to client authentication that it does not take (RFC 6749 section 5.2). */
const CLIENT_REFUSED = new Set([400, 401]);

interface Dependencies {
  fetch(url: string, init: RequestInit): Promise<Response>;
  policy: AddressPolicy;
  nowMs(): number;
}

async function ask(url: string, init: RequestInit, fetch: Dependencies['fetch']) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS) });
  const body = response.body && (await readWithin(piecesOf(response.body.getReader()), MAX_TOKEN_ANSWER_BYTES));
  return { status: response.status, text: body === null ? '' : await body.text() };
}

/** Asks a token endpoint for a token; the token, or in words why there is none. Never throws. */
export async function fetchToken(grant: TokenGrant, { fetch, policy, nowMs }: Dependencies): Promise<Token | string> {
  try {
    await assertPublicUrl(grant.tokenUrl, policy);
    let got: Token | string = '';
    for (const authentication of clientAuthentications) {
      const { status, text } = await ask(grant.tokenUrl, tokenRequest(grant, authentication), fetch);
      got = readTokenAnswer(status, text, nowMs());
      if (!CLIENT_REFUSED.has(status)) return got;
    }
    return got;
  } catch {
    return 'it could not be reached';
  }
}
