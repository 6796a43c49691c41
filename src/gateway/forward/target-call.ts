import type { Clock } from '../../platform/clock.ts';
import { callersHeaders } from '../../platform/http/callers-headers.ts';
import type { CredentialSecret, ShownSecret } from '../credentials/credential.types.ts';
import type { TokenVaults } from '../tokens/token-vault.client.ts';
import type { Exchange, GatewayCall } from './exchange.ts';
import { type OutgoingParts, opensWebSocket, outgoingHeaders, outgoingUrl, setCredential } from './outgoing.model.ts';
import { denied, unanswered } from './refusals.ts';
import { type OutgoingBody, outgoingBody } from './request-body.ts';
import { FirstByteTimeout, fetchWithin, type PlatformFetch } from './upstream.ts';

/** A body of this length is read before it is sent, where a token may have to be renewed and the call made again. */
export const MAX_REPEATED_BODY_BYTES = 1_024 * 1_024;

interface Dependencies {
  vaults: TokenVaults;
  clock: Clock;
  fetch: PlatformFetch;
}

/** What the target answered, and what the call was made of. */
export interface TargetAnswer {
  upstream: Response;
  parts: OutgoingParts;
}

/** What of a credential goes into a request as it is; a token is still to be got. */
function shownAtOnce(secret: CredentialSecret): ShownSecret {
  return secret.kind === 'oauth2' ? { kind: 'none' } : secret;
}

/** Makes the call to the target that an admitted call stands for. */
export function createTargetCaller({ vaults, clock, fetch }: Dependencies) {
  /** Asks the target, and notes what it did. */
  async function ask({ exchange, parts, url, init, body }: PreparedCall): Promise<Response> {
    const sentAtMs = clock.nowMs();
    const attempts = (exchange.target?.attempts ?? 0) + 1;
    const asked = { url: url.href, parts, sent: init.headers, attempts };
    try {
      const upstream = await fetchWithin(fetch, url, init, body);
      const { status, headers: answered } = upstream;
      exchange.target = { ...asked, answered, status, durationMs: clock.nowMs() - sentAtMs, error: null };
      return upstream;
    } catch (error) {
      const isLate = error instanceof FirstByteTimeout;
      const why = isLate ? 'no answer in time' : 'no connection, or it broke off';
      const durationMs = clock.nowMs() - sentAtMs;
      exchange.target = { ...asked, answered: null, status: null, durationMs, error: why };
      throw unanswered(isLate ? 'TARGET_TIMEOUT' : 'TARGET_UNREACHABLE');
    }
  }

  /** With a token, and with a fresh one once more when the target takes the first for invalid. */
  async function askWithToken(
    secret: CredentialSecret & { kind: 'oauth2' },
    prepared: PreparedCall,
  ): Promise<TargetAnswer> {
    const { targetCredentialId } = prepared.exchange.snapshot;
    const got = await vaults.token(targetCredentialId, secret, null);
    if ('problem' in got) throw denied('TOKEN_UNAVAILABLE', `The authorization server gave no token: ${got.problem}.`);
    const askWith = async (token: string): Promise<TargetAnswer> => {
      const targetCredential: ShownSecret = { kind: 'bearer', token };
      setCredential(prepared.init.headers, targetCredential);
      const parts = { ...prepared.parts, targetCredential };
      return { upstream: await ask({ ...prepared, parts }), parts };
    };
    const first = await askWith(got.text);
    if (first.upstream.status !== 401) return first;
    // Also for the next calls, where this one can't be made again.
    const next = await vaults.token(targetCredentialId, secret, got.text);
    if ('problem' in next || next.text === got.text || prepared.body.content instanceof ReadableStream) return first;
    await first.upstream.body?.cancel();
    return askWith(next.text);
  }

  return {
    /** Throws what the data plane answers when nothing could be sent, or nothing came back. */
    async call(request: Request, call: GatewayCall, exchange: Exchange): Promise<TargetAnswer> {
      const { snapshot } = exchange;
      const secret = snapshot.targetCredential.reveal();
      const parts: OutgoingParts = {
        ...snapshot,
        callerCredential: snapshot.callerCredential.reveal(),
        targetCredential: shownAtOnce(secret),
      };
      const url = outgoingUrl(call, parts);
      if (!url) throw denied('NOT_FOUND', "This path leads out of the target's base URL.");
      if (!snapshot.isTargetAllowed) throw denied('TARGET_UNREACHABLE', "The target's address is not a public one.");
      const headers = outgoingHeaders(callersHeaders(request), parts);
      if (opensWebSocket(request)) headers.set('upgrade', 'websocket');
      const keptBytes = secret.kind === 'oauth2' ? MAX_REPEATED_BODY_BYTES : 0;
      const body = await outgoingBody(request, headers, { data: snapshot.additionalData, keptBytes });
      const init = { method: request.method, headers, redirect: 'manual' } as const;
      const prepared: PreparedCall = { exchange, parts, url, init, body };
      if (secret.kind === 'oauth2') return askWithToken(secret, prepared);
      return { upstream: await ask(prepared), parts };
    },
  };
}

interface PreparedCall {
  exchange: Exchange;
  parts: OutgoingParts;
  url: URL;
  init: { method: string; headers: Headers; redirect: 'manual' };
  body: OutgoingBody;
}

export type TargetCaller = ReturnType<typeof createTargetCaller>;
