import { allows, type Caller } from '../../accounts/actor.ts';
import type { RequestLog } from '../../ops/requests/request-log.client.ts';
import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { toAppError } from '../../platform/errors/http-mapper.ts';
import { callersHeaders } from '../../platform/http/callers-headers.ts';
import { dropHopByHop } from '../../platform/http/passed-headers.ts';
import { DialError, type Dialer, type StreamResponse } from '../../platform/net/dialer.ts';
import { assertPublicHost, bareHost } from '../../platform/net/public-url.ts';
import { canonicalAddressOf } from '../configuration/address.model.ts';
import type { RoutingSnapshot, RoutingSnapshots, SnapshotTarget } from '../configuration/routing-snapshots.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import { type ForwardRecord, startRecord, toProxiedRequest } from './forward-record.ts';
import { forwardOptions, type KeySource, matchesTarget, upstreamHeaders } from './forward-request.model.ts';
import { takeBody } from './request-body.ts';
import { type Passage, passageHeaders, throughTarget } from './through-target.ts';

/** Statuses that have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** How large the answer is was said for the bytes as they are: the runtime must not encode them anew. */
const AS_IT_IS = { encodeBody: 'manual' } as const;

export interface ForwarderDependencies {
  requestLog: Pick<RequestLog, 'append'>;
  snapshots: RoutingSnapshots;
  rotorOf: (targetName: string) => RotorClient;
  dialer: Dialer;
  allowPrivateNetworks: boolean;
  clock: Clock;
  waitUntil(work: Promise<unknown>): void;
  /** Throws while nothing new may begin. */
  gate: { assertAccepting(): Promise<void> };
}

/** Who asks, for what, with a key from where. */
export interface ForwardCall {
  caller: Caller;
  keySource: KeySource;
  url: URL;
  /** The caller's address, for the log. */
  remoteAddress: string | null;
}

function mayForward({ definition }: SnapshotTarget, caller: Caller): boolean {
  return definition.allowedRoles?.includes(caller.role) ?? allows(caller, 'write');
}

function answerHeaders(received: StreamResponse['headers'], passage: Passage): Headers {
  const headers = new Headers();
  for (const [name, value] of received) headers.append(name, value);
  dropHopByHop(headers);
  for (const [name, value] of Object.entries(passageHeaders(passage))) headers.set(name, value);
  return headers;
}

function toResponse({ status, headers: received, body }: StreamResponse, passage: Passage, method: string): Response {
  const headers = answerHeaders(received, passage);
  const init = { status, headers, ...AS_IT_IS };
  if (BODILESS.has(status) || method === 'HEAD') return new Response(null, init);
  return new Response(body, init);
}

function assertSendable(dialer: Dialer, request: Parameters<Dialer['assertSendable']>[0]): void {
  try {
    dialer.assertSendable(request);
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    throw appError('VALIDATION_ERROR', { message: error.message });
  }
}

/** Carries requests to targets through their rotating IPs. */
export function createForwarder(dependencies: ForwarderDependencies) {
  const { snapshots, dialer, allowPrivateNetworks, clock, requestLog } = dependencies;

  async function forwardTo(
    target: SnapshotTarget,
    snapshot: RoutingSnapshot,
    request: Request,
    { url, keySource }: ForwardCall,
    record: ForwardRecord,
  ): Promise<Response> {
    await assertPublicHost(bareHost(url.hostname), { allowPrivateNetworks });
    const { headers, acceptEncoding } = upstreamHeaders(callersHeaders(request), keySource);
    const { method, signal } = request;
    assertSendable(dialer, { url, method, headers, acceptEncoding });
    const { retries, forcedIp } = forwardOptions(request.headers);
    const body = await takeBody(request);
    record.sentHeaders = headers;
    record.requestBytes = body.bytes;
    const { response, passage, latencyMs } = await throughTarget({ ...dependencies, snapshot }, target, {
      url,
      method,
      headers,
      acceptEncoding,
      body,
      retries: retries ?? target.definition.numRetries,
      forced: forcedIp === null ? null : canonicalAddressOf(forcedIp),
      signal,
      passage: record.passage,
    });
    record.answer = { response, latencyMs };
    return toResponse(response, passage, method);
  }

  /** Logs a request once its answer has ended; one that was refused at once. */
  function log(call: ForwardCall, target: SnapshotTarget, request: Request, record: ForwardRecord): void {
    const append = (responseBytes: number | null, error: string | null) => {
      const entry = { call, targetName: target.definition.name, request, responseBytes, error };
      requestLog.append(toProxiedRequest(entry, record, clock.nowMs()));
    };
    if (record.answer === null) {
      append(null, record.refusal?.message ?? null);
      return;
    }
    const ended = record.answer.response.ended.then(({ bodyBytes, failure }) =>
      append(bodyBytes, failure?.message ?? null),
    );
    dependencies.waitUntil(ended);
  }

  return {
    async forward(request: Request, call: ForwardCall): Promise<Response> {
      await dependencies.gate.assertAccepting();
      const snapshot = await snapshots.current();
      const target = snapshot.targets.find(({ pattern }) => matchesTarget(pattern, call.url));
      if (!target) throw appError('NO_TARGET');
      const record = startRecord(clock.nowMs());
      try {
        if (!mayForward(target, call.caller)) {
          throw appError('FORBIDDEN', { message: `The target '${target.definition.name}' does not take your role.` });
        }
        return await forwardTo(target, snapshot, request, call, record);
      } catch (error) {
        record.refusal = toAppError(error);
        throw error;
      } finally {
        log(call, target, request, record);
      }
    },
  };
}

export type Forwarder = ReturnType<typeof createForwarder>;
