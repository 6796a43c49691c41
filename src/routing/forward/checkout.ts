import { Cancellation, type CancelSignal } from '../../platform/cancellation.ts';
import type { Clock } from '../../platform/clock.ts';
import { type AppError, appError } from '../../platform/errors/app-error.ts';
import { createId } from '../../platform/ids.ts';
import type { Timers } from '../../platform/timers.ts';
import type {
  CheckedOut,
  CheckoutRefusalCode,
  CheckoutRequest,
  RequestOutcome,
  TargetConfiguration,
} from '../rotation/rotation.types.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import type { JointCheckouts } from './joint-checkouts.ts';
import type { RotorReports } from './rotor-reports.ts';

/** A third of a checkout's life: two of these may be lost. */
export const EXTEND_INTERVAL_MS = 10_000;

/** An IP that is this request's until it is reported. */
export interface HeldIp extends Omit<CheckedOut, 'ok' | 'isAwaited'> {
  checkoutId: string;
  /** Given when the checkout has lapsed, or the caller is gone: nothing more may be sent through the IP. */
  signal: CancelSignal;
  /** The request is sent, or is being sent; the last call counts. */
  sending(): void;
  /** Says what became of the request, once. */
  report(outcome: RequestOutcome, latencyMs: number | null): Promise<void>;
}

interface Dependencies {
  rotor: RotorClient;
  reports: RotorReports;
  jointCheckouts: JointCheckouts;
  clock: Clock;
  timers: Timers;
  waitUntil(work: Promise<unknown>): void;
}

const REFUSALS = {
  OUTDATED: 'UNAVAILABLE',
  NO_TARGET: 'NO_TARGET',
  QUEUE_TIMEOUT: 'QUEUE_TIMEOUT',
  QUEUE_FULL: 'QUEUE_FULL',
  UNKNOWN_IP: 'IP_NOT_IN_POOL',
  IP_QUARANTINED: 'IP_QUARANTINED',
  // The caller has hung up: nobody reads this.
  LEFT: 'UNAVAILABLE',
} as const satisfies Record<CheckoutRefusalCode, string>;

const NO_IP_AT_ALL = 'No IP came free in time: the target has none right now.';

function refusalOf(code: CheckoutRefusalCode, { ips }: TargetConfiguration): AppError {
  const hasNone = code === 'QUEUE_TIMEOUT' && ips.length === 0;
  return appError(REFUSALS[code], hasNone ? { message: NO_IP_AT_ALL } : {});
}

/** Asks for an IP, and leaves the line when the caller hangs up. A rotor that knows an older configuration gets this one. */
async function ask(
  { rotor, jointCheckouts, timers, waitUntil }: Dependencies,
  configuration: TargetConfiguration,
  request: CheckoutRequest,
  callerSignal: CancelSignal,
): Promise<CheckedOut> {
  const leave = () => waitUntil(rotor.leave(request.checkoutId));
  callerSignal.addEventListener('abort', leave);
  try {
    let result = await jointCheckouts.ask(configuration.name, request, { timers, signal: callerSignal });
    if (!result.ok && result.code === 'OUTDATED') {
      await rotor.configure(configuration);
      result = await rotor.checkout(request);
    }
    if (!result.ok) throw refusalOf(result.code, configuration);
    return result;
  } finally {
    callerSignal.removeEventListener('abort', leave);
  }
}

/** Says that the request goes on for as long as it does; `onLapse`: it was not heard in time. */
function keepExtended(
  { rotor, timers }: Pick<Dependencies, 'rotor' | 'timers'>,
  checkoutId: string,
  onLapse: () => void,
): () => void {
  let callOff: () => void;
  const extend = async () => {
    const { ok } = await rotor.extend(checkoutId);
    if (!ok) onLapse();
  };
  const goOn = () => {
    callOff = timers.after(EXTEND_INTERVAL_MS, () => {
      goOn();
      // One that fails is made up for by the next; the rotor decides when it was too many.
      extend().catch(() => {});
    });
  };
  goOn();
  return () => callOff();
}

/** Has an IP for one try, after waiting if need be. Throws what the rotor refuses as `AppError`. */
export async function checkOut(
  dependencies: Dependencies,
  configuration: TargetConfiguration,
  wish: Pick<CheckoutRequest, 'excluded' | 'forced'>,
  callerSignal: CancelSignal,
): Promise<HeldIp> {
  const { reports, clock } = dependencies;
  const checkoutId = createId();
  const request = { ...wish, checkoutId, revision: configuration.revision };
  const { ok: _ok, isAwaited, ...ip } = await ask(dependencies, configuration, request, callerSignal);
  const cancellation = new Cancellation(callerSignal);
  const stop = keepExtended(dependencies, checkoutId, () => cancellation.cancel());
  let sentAtMs: number | null = null;
  let isReported = false;
  return {
    ...ip,
    checkoutId,
    signal: cancellation,
    sending: () => {
      sentAtMs = clock.nowMs();
    },
    async report(outcome, latencyMs) {
      if (isReported) return;
      isReported = true;
      stop();
      cancellation.release();
      const ended = { checkoutId, outcome, sentAtMs, latencyMs };
      if (isAwaited) await reports.send(configuration.name, ended);
      else reports.add(configuration.name, ended);
    },
  };
}
