import { equalInConstantTime } from '../../platform/constant-time.ts';
import { AppError, appError } from '../../platform/errors/app-error.ts';
import type { ErrorCode } from '../../platform/errors/error-codes.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import { judgedPath } from '../rules/judged-path.model.ts';
import { isolateOrigin, stripConfigured } from './answer-headers.model.ts';
import {
  configuredParameters,
  dropHopByHop,
  type OutgoingParts,
  opensWebSocket,
  outgoingHeaders,
  outgoingUrl,
} from './outgoing.model.ts';
import { outgoingBody } from './request-body.ts';
import { shownCredentials } from './shown-credential.model.ts';
import type { Snapshot, Snapshots } from './snapshot.client.ts';
import type { ProxyName } from './snapshot.store.ts';
import { FirstByteTimeout, fetchWithin, type PlatformFetch } from './upstream.ts';

const CODE_HEADER = 'requestrocket-proxy-code';
const MESSAGE_HEADER = 'requestrocket-proxy-message';
/** Statuses that have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([101, 204, 205, 304]);

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A call, taken apart: which proxy it names and what follows that name, as the URL has it. */
export interface GatewayCall {
  name: ProxyName;
  path: string;
  query: string;
}

interface Dependencies {
  snapshots: Snapshots;
  rateLimiter: RateLimiter;
  fetch: PlatformFetch;
}

function outcomeHeaders(granted: boolean, message: string): Record<string, string> {
  return { [CODE_HEADER]: granted ? 'proxy-access-granted' : 'proxy-access-denied', [MESSAGE_HEADER]: message };
}

function denied(code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}): AppError {
  return appError(code, { message, headers: { ...headers, ...outcomeHeaders(false, message) } });
}

async function assertCredential({ callerCredential }: Snapshot, headers: Headers, query: URLSearchParams) {
  const shown = shownCredentials(callerCredential.reveal(), headers, query);
  const matches = await Promise.all(shown.map((each) => equalInConstantTime(each.shown, each.expected)));
  if (!matches.includes(true)) throw denied('UNAUTHORIZED', 'The credential of this proxy is missing or wrong.');
}

function assertRules(snapshot: Snapshot, request: Request, { path, query }: GatewayCall): void {
  const { allowed } = snapshot.judge({
    method: request.method,
    path: judgedPath(path),
    headers: request.headers,
    query: new URLSearchParams(query),
  });
  if (!allowed) throw denied('RULE_DENIED', 'The rules of this proxy do not allow this request.');
}

async function countCall(rateLimiter: RateLimiter, snapshot: Snapshot): Promise<void> {
  // In this order: what the minute refuses takes nothing from the day.
  const limits = [
    { name: 'gateway-minute', maxHits: snapshot.maxRequestsPerMinute, windowMs: MINUTE_MS },
    { name: 'gateway-day', maxHits: snapshot.maxRequestsPerDay, windowMs: DAY_MS },
  ];
  try {
    for (const { name, maxHits, windowMs } of limits) {
      if (maxHits !== null) await rateLimiter.enforce({ name, maxHits, windowMs }, snapshot.proxyId);
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
    throw denied('RATE_LIMITED', error.message, error.headers);
  }
}

function answerOf(upstream: Response, parts: OutgoingParts): Response {
  const headers = new Headers(upstream.headers);
  dropHopByHop(headers);
  stripConfigured(headers, configuredParameters(parts), parts.targetCredential);
  isolateOrigin(headers);
  for (const [name, value] of Object.entries(outcomeHeaders(true, 'Access granted'))) headers.set(name, value);
  const { status, statusText, webSocket } = upstream;
  // Untouched while the encoding stays the same: the runtime hands such a body on as the bytes that came.
  return new Response(BODILESS.has(status) ? null : upstream.body, { status, statusText, headers, webSocket });
}

/** Carries calls to targets. The order of refusals is the contract's: 404, 401, inactive 403, rules 403, limits 429. */
export function createForwarder({ snapshots, rateLimiter, fetch }: Dependencies) {
  return {
    async forward(request: Request, call: GatewayCall): Promise<Response> {
      const snapshot = await snapshots.get(call.name);
      if (!snapshot) throw denied('NOT_FOUND', 'There is no such proxy.');
      await assertCredential(snapshot, request.headers, new URLSearchParams(call.query));
      if (!snapshot.isActive) throw denied('PROXY_INACTIVE', 'This proxy is not active.');
      assertRules(snapshot, request, call);
      await countCall(rateLimiter, snapshot);

      const parts: OutgoingParts = {
        ...snapshot,
        callerCredential: snapshot.callerCredential.reveal(),
        targetCredential: snapshot.targetCredential.reveal(),
      };
      const url = outgoingUrl(call, parts);
      if (!url) throw denied('NOT_FOUND', "This path leads out of the target's base URL.");
      if (!snapshot.isTargetAllowed) throw denied('TARGET_UNREACHABLE', "The target's address is not a public one.");
      const headers = outgoingHeaders(request.headers, parts);
      if (opensWebSocket(request)) headers.set('upgrade', 'websocket');
      const body = await outgoingBody(request, headers, snapshot.additionalData);
      try {
        const upstream = await fetchWithin(fetch, url, { method: request.method, headers, redirect: 'manual' }, body);
        return answerOf(upstream, parts);
      } catch (error) {
        const code = error instanceof FirstByteTimeout ? 'TARGET_TIMEOUT' : 'TARGET_UNREACHABLE';
        throw appError(code, { headers: outcomeHeaders(true, 'Access granted') });
      }
    },
  };
}
