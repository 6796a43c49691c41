import type { Caller } from '../../accounts/actor.ts';
import type { RequestLog } from '../../ops/requests/request-log.client.ts';
import { Cancellation } from '../../platform/cancellation.ts';
import type { Clock } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { toAppError } from '../../platform/errors/http-mapper.ts';
import { gatherWork } from '../../platform/gather-work.ts';
import { callersEncodings } from '../../platform/http/callers-headers.ts';
import { BODY_IDLE_MS } from '../../platform/http/passed-body.ts';
import type { Dialer } from '../../platform/net/dialer.ts';
import { assertPublicHost, bareHost } from '../../platform/net/public-url.ts';
import { canonicalAddressOf } from '../configuration/address.model.ts';
import type { RoutingSnapshot, RoutingSnapshots, SnapshotTarget } from '../configuration/routing-snapshots.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import { type ForwardRecord, startRecord, toProxiedRequest } from './forward-record.ts';
import { type KeySource, matchesTarget, upstreamHeaders } from './forward-request.model.ts';
import type { JointCheckouts } from './joint-checkouts.ts';
import { takeBody } from './request-body.ts';
import type { RotorReports } from './rotor-reports.ts';
import { mayForward, notTaken, sendThrough } from './send-through.ts';
import type { ThroughDependencies } from './through-target.ts';

export interface ForwarderDependencies {
  requestLog: Pick<RequestLog, 'append'>;
  snapshots: RoutingSnapshots;
  rotorOf: (targetName: string) => RotorClient;
  reports: RotorReports;
  jointCheckouts: JointCheckouts;
  promptFollower: ThroughDependencies['promptFollower'];
  dialer: Dialer;
  allowPrivateNetworks: boolean;
  clock: Clock;
  waitUntil(work: Promise<unknown>): void;
  /** Throws while nothing new may begin. */
  gate: { assertAccepting(): Promise<void> };
  /** How long a body that is kept may stand still, in milliseconds. */
  bodyIdleMs?: number;
}

/** Who asks, for what, with a key from where. */
export interface ForwardCall {
  caller: Caller;
  keySource: KeySource;
  url: URL;
  /** The caller's address, for the log. */
  remoteAddress: string | null;
}

type WaitUntil = ForwarderDependencies['waitUntil'];

/** Logs a request once its answer has ended; one that was refused at once. */
function logForward(
  { requestLog, clock, waitUntil }: Pick<ForwarderDependencies, 'requestLog' | 'clock' | 'waitUntil'>,
  forwarded: { call: ForwardCall; targetName: string; request: Request },
  record: ForwardRecord,
): void {
  const append = (responseBytes: number | null, error: string | null) => {
    requestLog.append(toProxiedRequest({ ...forwarded, responseBytes, error }, record, clock.nowMs()));
  };
  if (record.answer === null) {
    append(null, record.refusal?.message ?? null);
    return;
  }
  const { ended } = record.answer.response;
  waitUntil(ended.then(({ bodyBytes, failure }) => append(bodyBytes, failure?.message ?? null)));
}

/** True for the target of a URL. One whose pattern is too complex for so long a URL ends the search: the next may be wrong. */
function isFor(url: URL): (target: SnapshotTarget) => boolean {
  return ({ pattern }) => {
    if (url.href.length <= pattern.maxCharacters) return matchesTarget(pattern, url);
    const message = `The URL is too long: a target's pattern is so complex that it is tried on ${pattern.maxCharacters} characters at most.`;
    throw appError('VALIDATION_ERROR', { message });
  };
}

/** Carries requests to targets through their rotating IPs. */
export function createForwarder(dependencies: ForwarderDependencies) {
  const { snapshots, allowPrivateNetworks, clock, gate, bodyIdleMs = BODY_IDLE_MS } = dependencies;

  async function forwardTo(
    target: SnapshotTarget,
    snapshot: RoutingSnapshot,
    request: Request,
    { url, keySource }: ForwardCall,
    record: ForwardRecord,
    waitUntil: WaitUntil,
  ): Promise<Response> {
    await assertPublicHost(bareHost(url.hostname), { allowPrivateNetworks });
    const { method } = request;
    const headers = upstreamHeaders(record.callersHeaders, keySource);
    const { forcedIp, retries = target.definition.numRetries } = record.options;
    const forced = forcedIp === null ? null : canonicalAddressOf(forcedIp);
    const body = await takeBody(request, { isReplayed: forced === null && retries > 0, idleMs: bodyIdleMs });
    record.sentHeaders = headers;
    record.requestBytes = body.bytes;
    const { response, answer, latencyMs } = await sendThrough({ ...dependencies, snapshot, waitUntil }, target, {
      url,
      method,
      headers,
      acceptEncoding: callersEncodings(request),
      body,
      retries,
      forced,
      signal: new Cancellation(request.signal),
      passage: record.passage,
    });
    record.answer = { response, latencyMs };
    return answer;
  }

  async function forward(request: Request, call: ForwardCall, waitUntil: WaitUntil): Promise<Response> {
    await gate.assertAccepting();
    const { snapshot, target } = await snapshots.find(isFor(call.url));
    if (!target) throw appError('NO_TARGET');
    const record = startRecord(clock.nowMs(), request.headers);
    try {
      if (!mayForward(target, call.caller.role)) {
        throw notTaken(target, call.caller.role);
      }
      return await forwardTo(target, snapshot, request, call, record, waitUntil);
    } catch (error) {
      record.refusal = toAppError(error);
      throw error;
    } finally {
      logForward({ ...dependencies, waitUntil }, { call, targetName: target.definition.name, request }, record);
    }
  }

  return {
    /**
     * Carries a request to the target that its URL matches; the answer streams, and its body holds the IP until it has
     * ended. Throws `AppError`: `SHUTDOWN_IN_PROGRESS`, `NO_TARGET`, `FORBIDDEN`, and what `sendThrough` throws.
     */
    forward(request: Request, call: ForwardCall): Promise<Response> {
      const waitUntil = gatherWork(dependencies.waitUntil);
      const forwarding = forward(request, call, waitUntil);
      // The caller may hang up first: what is open then is still to be closed, and the IP given back.
      waitUntil(forwarding.catch(() => undefined));
      return forwarding;
    },
  };
}

export type Forwarder = ReturnType<typeof createForwarder>;
