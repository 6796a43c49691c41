import type { CancelSignal } from '../../platform/cancellation.ts';
import type { Clock } from '../../platform/clock.ts';
import { AppError, appError, throwWithHeaders } from '../../platform/errors/app-error.ts';
import type { ErrorCode } from '../../platform/errors/error-codes.ts';
import { BODY_IDLE_MS, UPLOAD_MS } from '../../platform/http/passed-body.ts';
import {
  type DialDeadlines,
  DialError,
  type Dialer,
  KeptConnections,
  type StreamResponse,
} from '../../platform/net/dialer.ts';
import { createTimers, type Timers } from '../../platform/timers.ts';
import type { RoutingSnapshot, SnapshotTarget } from '../configuration/routing-snapshots.ts';
import type { PromptFollower } from '../inventory/prompt-follower.ts';
import type { RequestOutcome } from '../rotation/rotation.types.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import { checkOut, type HeldIp } from './checkout.ts';
import type { JointCheckouts } from './joint-checkouts.ts';
import type { ForwardBody } from './request-body.ts';
import type { RotorReports } from './rotor-reports.ts';

/**
 * A proxy that doesn't answer soon is tried elsewhere; a target may take half a minute to the head of its answer. All of it
 * is less than a lost checkout takes to be noticed and repeated.
 */
export const FORWARD_DEADLINES: DialDeadlines = {
  tcpMs: 5_000,
  proxyHandshakeMs: 10_000,
  tlsMs: 10_000,
  httpMs: 30_000,
  totalMs: 45_000,
};
/** Answers that another IP may do better than (contract, "Data plane"), and what they say of the one that gave them. */
const RETRIED_STATUSES: ReadonlyMap<number, RequestOutcome> = new Map([
  [429, 'rate_limited'],
  [502, 'server_error'],
  [503, 'server_error'],
  [504, 'server_error'],
]);

/** The largest status that an answer can be given on with. */
const MAX_STATUS = 599;

export interface TargetRequest {
  url: URL;
  method: string;
  headers: readonly (readonly [string, string])[];
  acceptEncoding: string | null;
  body: Pick<ForwardBody, 'content' | 'isTooLarge'>;
  retries: number;
  /** The one IP that will do, or null. Without retries. */
  forced: string | null;
  signal: CancelSignal;
  /** Told here as it happens, so that it is known of a request that failed, too. */
  passage: Passage;
}

/** How the request came through, for headers and logs. */
export interface Passage {
  /** Of the last IP; null when none was had. */
  ip: string | null;
  attempts: number;
  queueMs: number;
}

export function startPassage(): Passage {
  return { ip: null, attempts: 0, queueMs: 0 };
}

export interface TargetAnswer {
  response: StreamResponse;
  passage: Passage;
  latencyMs: number;
}

export interface ThroughDependencies {
  snapshot: RoutingSnapshot;
  rotorOf: (targetName: string) => RotorClient;
  reports: RotorReports;
  jointCheckouts: JointCheckouts;
  promptFollower: Pick<PromptFollower, 'whileWaiting'>;
  dialer: Dialer;
  clock: Clock;
  waitUntil(work: Promise<unknown>): void;
}

/** A request's own, over all its tries. */
interface Way {
  timers: Timers;
  /** Given where a try can only go through an IP that was tried before. */
  connections?: KeptConnections;
  hasFollower?: boolean;
}

type Tried = { response: StreamResponse; latencyMs: number; outcome: RequestOutcome } | { failure: DialError };

function outcomeOf(status: number): RequestOutcome {
  if (status > MAX_STATUS) return 'connection_error';
  return RETRIED_STATUSES.get(status) ?? 'success';
}

/** What a failure says of the IP: nothing where the caller left, or left its body where it was. */
function outcomeOfFailure({ code }: DialError): RequestOutcome {
  return code === 'cancelled' || code === 'body_timeout' ? 'cancelled' : 'connection_error';
}

function toAppError({ code, message }: DialError, passage: Passage): AppError {
  const timeouts: readonly string[] = ['tcp_timeout', 'proxy_timeout', 'tls_timeout', 'http_timeout'];
  const broken: readonly string[] = ['http_protocol', 'too_large', 'tls_truncated'];
  const kinds: [readonly string[], ErrorCode][] = [
    [timeouts, 'TARGET_TIMEOUT'],
    [broken, 'BAD_UPSTREAM_RESPONSE'],
    [['body_timeout'], 'REQUEST_TIMEOUT'],
  ];
  const found = kinds.find(([codes]) => codes.includes(code))?.[1] ?? 'TARGET_UNREACHABLE';
  return appError(found, { message, details: { attempts: passage.attempts }, headers: passageHeaders(passage) });
}

export function passageHeaders({ ip, attempts, queueMs }: Passage): Record<string, string> {
  const counted = { 'x-proxy-attempts': String(attempts), 'x-proxy-queue-ms': String(queueMs) };
  return ip === null ? counted : { 'x-proxy-ip': ip, ...counted };
}

/** Reports an answer once it has ended, however it does. */
function reportAtEnd(
  held: HeldIp,
  { response, latencyMs, outcome }: Exclude<Tried, { failure: DialError }>,
): Promise<void> {
  return response.ended.then(({ failure }) => {
    // A status that counts against the IP does so even if nobody read the answer to its end.
    const isJudged = failure === null || outcome !== 'success';
    return held.report(isJudged ? outcome : outcomeOfFailure(failure), latencyMs);
  });
}

/** One try through an IP that was checked out. What fails is reported; an answer is, once it has ended. */
async function tryThrough(
  { snapshot, dialer, clock, waitUntil }: ThroughDependencies,
  held: HeldIp,
  request: TargetRequest,
  way: Way,
): Promise<Tried> {
  const { url, method, headers, acceptEncoding, body } = request;
  const startedAtMs = clock.nowMs();
  try {
    const { address, provider, proxyId } = held;
    const endpoint = await snapshot.endpointOf({ address, provider, ...(proxyId === null ? {} : { proxyId }) });
    if (endpoint === null) throw new DialError('address', 'address_unresolved');
    const response = await dialer.stream({
      endpoint,
      url,
      method,
      headers,
      acceptEncoding,
      body: body.content,
      deadlines: FORWARD_DEADLINES,
      idleMs: BODY_IDLE_MS,
      uploadMs: UPLOAD_MS,
      signal: held.signal,
      ...way,
      onSending: held.sending,
    });
    const tried = { response, latencyMs: clock.nowMs() - startedAtMs, outcome: outcomeOf(response.status) };
    waitUntil(reportAtEnd(held, tried));
    if (response.status <= MAX_STATUS) return tried;
    await discard(response);
    return { failure: new DialError('http', 'http_protocol') };
  } catch (error) {
    const failure = error instanceof DialError ? error : new DialError('http', 'reset');
    await held.report(outcomeOfFailure(failure), null);
    if (!(error instanceof DialError)) throw error;
    return { failure };
  }
}

/** Gives up the rest of an answer, and its connection with it: it is worth no wait. One that came whole is over already. */
async function discard({ body, ended }: StreamResponse): Promise<void> {
  if (body instanceof ReadableStream) await body.cancel();
  await ended;
}

/**
 * Sends a request through a target's IPs, another one at each try, up to the head of an answer. Answers that say "later" or
 * "elsewhere" and connections that fail are tried again while there are retries and the body is still there; what the last
 * try gave is the answer. Throws `AppError`.
 */
export async function throughTarget(
  given: ThroughDependencies,
  { configuration }: SnapshotTarget,
  request: TargetRequest,
): Promise<TargetAnswer> {
  const timers = createTimers();
  const { clock } = given;
  const dependencies = { ...given, rotor: given.rotorOf(configuration.name), timers };
  const connections = new KeptConnections(timers);
  const { content } = request.body;
  const isReplayable = content === null || content instanceof Uint8Array;
  const retries = isReplayable && request.forced === null ? request.retries : 0;
  const { passage } = request;
  const excluded: string[] = [];
  try {
    for (;;) {
      const wish = { excluded, forced: request.forced };
      const askedAtMs = clock.nowMs();
      const held = await checkOut(dependencies, configuration, wish, request.signal).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'QUEUE_TIMEOUT') passage.queueMs += clock.nowMs() - askedAtMs;
        return throwWithHeaders(passageHeaders(passage))(error);
      });
      passage.ip = held.address;
      passage.attempts += 1;
      passage.queueMs += held.queueMs;
      excluded.push(held.address);
      const hasFollower = passage.attempts <= retries;
      const isRepeated = excluded.length >= configuration.ips.length;
      const way = isRepeated ? { timers, connections, hasFollower } : { timers };
      const tried = await tryThrough(dependencies, held, request, way);
      const isLast = !hasFollower || request.signal.aborted;
      if ('response' in tried) {
        if (isLast || tried.outcome === 'success') return { ...tried, passage };
        await discard(tried.response);
      } else if (request.body.isTooLarge()) throw appError('PAYLOAD_TOO_LARGE');
      else if (isLast) throw toAppError(tried.failure, passage);
    }
  } finally {
    connections.close();
  }
}
