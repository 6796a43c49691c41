import type { Clock } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { callersHeaders } from '../../platform/http/callers-headers.ts';
import type { Egress } from '../../routing/forward/egress.ts';
import { startPassage } from '../../routing/forward/through-target.ts';
import type { CredentialSecret, ShownSecret } from '../credentials/credential.types.ts';
import type { TokenVaults } from '../tokens/token-vault.client.ts';
import type { Exchange, GatewayCall } from './exchange.ts';
import {
  type OutgoingParts,
  opensWebSocket,
  outgoingUrl,
  setCredential,
  setOutgoingHeaders,
} from './outgoing.model.ts';
import { denied, unanswered } from './refusals.ts';
import { outgoingBody } from './request-body.ts';
import type { Snapshot } from './snapshot.client.ts';
import type { PlatformFetch } from './upstream.ts';
import { directWay, egressWay, MAX_REPEATED_BODY_BYTES, type OutgoingCall, type WayOut } from './ways-out.ts';

interface Dependencies {
  vaults: TokenVaults;
  clock: Clock;
  egress: Egress;
  fetch: PlatformFetch;
}

/** What the target answered, and what the call was made of. */
export interface TargetAnswer {
  upstream: Response;
  /** Its body is what came over a socket of ours, in whatever encoding. */
  isFromSocket: boolean;
  parts: OutgoingParts;
}

interface PreparedCall extends OutgoingCall {
  exchange: Exchange;
  parts: OutgoingParts;
  way: WayOut;
}

/** What of a credential goes into a request as it is; a token is still to be got. */
function shownAtOnce(secret: CredentialSecret): ShownSecret {
  return secret.kind === 'oauth2' ? { kind: 'none' } : secret;
}

function headersFor(request: Request, { egress }: Snapshot, parts: OutgoingParts): Headers {
  const headers = callersHeaders(request);
  setOutgoingHeaders(headers, parts);
  if (!opensWebSocket(request)) return headers;
  if (egress) throw denied('VALIDATION_ERROR', "A WebSocket can't go out through a routing target.");
  headers.set('upgrade', 'websocket');
  return headers;
}

/** What is to be sent. A token is still to be put in. */
async function prepare(request: Request, call: GatewayCall, exchange: Exchange): Promise<Omit<PreparedCall, 'way'>> {
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
  const headers = headersFor(request, snapshot, parts);
  const isRepeated = secret.kind === 'oauth2' || snapshot.egress !== null;
  const keptBytes = isRepeated ? MAX_REPEATED_BODY_BYTES : 0;
  const callersBody = request.body && (exchange.bodies?.request(request.body) ?? request.body);
  const body = await outgoingBody(request, headers, { body: callersBody, data: snapshot.additionalData, keptBytes });
  const init = { method: request.method, headers, redirect: 'manual' } as const;
  return { exchange, parts, url, init, body, signal: request.signal };
}

/** Makes the call to the target that an admitted call stands for. */
export function createTargetCaller({ vaults, clock, egress, fetch }: Dependencies) {
  const direct = directWay(fetch);

  /** Asks the target, and notes what it did. */
  async function ask({ exchange, parts, way, ...call }: PreparedCall): Promise<TargetAnswer> {
    const sentAtMs = clock.nowMs();
    const attemptsBefore = exchange.target?.attempts ?? 0;
    const passage = startPassage();
    const note = (status: number | null, answered: Headers | null, error: string | null) => {
      exchange.target = {
        url: call.url.href,
        parts,
        sent: call.init.headers,
        answered,
        status,
        durationMs: clock.nowMs() - sentAtMs - passage.queueMs,
        error,
        attempts: attemptsBefore + passage.attempts,
        proxy: passage.ip,
      };
    };
    try {
      const upstream = await way(call, passage);
      note(upstream.status, upstream.headers, null);
      return { upstream, isFromSocket: way !== direct, parts };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (passage.attempts === 0) throw denied(error.code, error.message, error.headers);
      note(null, null, error.message);
      throw unanswered(error);
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
      return ask({ ...prepared, parts: { ...prepared.parts, targetCredential } });
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
      const { egress: through, targetCredential } = exchange.snapshot;
      const way = through ? egressWay(egress, through) : direct;
      const prepared = { ...(await prepare(request, call, exchange)), way };
      const secret = targetCredential.reveal();
      return secret.kind === 'oauth2' ? askWithToken(secret, prepared) : ask(prepared);
    },
  };
}

export type TargetCaller = ReturnType<typeof createTargetCaller>;
