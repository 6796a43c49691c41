import type { CancelSignal } from '../../platform/cancellation.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Buffered, createCallBuffer } from '../../platform/durable/call-buffer.ts';
import { isTroubleOfObject } from '../../platform/durable/stub-call.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Timers } from '../../platform/timers.ts';
import type { CheckoutRequest, CheckoutResult } from '../rotation/rotation.types.ts';
import type { RotorClient } from '../rotation/rotor.client.ts';
import type { RotorReports } from './rotor-reports.ts';

/** A target that was asked less than so long ago is busy: what comes in this moment asks together. */
export const BUSY_MS = 2;
/** A target that several asked together stays busy for so long. Asking together takes a request some two milliseconds more. */
export const BUSY_AFTER_COMPANY_MS = 100;
/** How long a request relies on another one to ask for it. */
export const JOINT_PATIENCE_MS = 2_000;
/** Targets of which it is remembered until when they are busy. */
const MAX_REMEMBERED_TARGETS = 1_000;

interface Asking {
  request: CheckoutRequest;
  /** It has gone on by itself, or is gone: a Rotor that was asked for it now would keep an IP for nobody. */
  isOver(): boolean;
  /** Null: it asks by itself. */
  answer(result: CheckoutResult | null): void;
  fail(error: unknown): void;
}

/** What outlives a request in an isolate: who asks together now, and until when each target is busy. */
export interface OpenAsking {
  gathered: Buffered<Asking>;
  busyUntilMs: Map<string, number>;
}

export function createOpenAsking(): OpenAsking {
  return { gathered: new Map(), busyUntilMs: new Map() };
}

/** What is the request's own. */
interface Asker {
  timers: Timers;
  /** Given when its caller has left. */
  signal: CancelSignal;
}

interface Dependencies {
  open: OpenAsking;
  /** False: each request asks by itself. */
  mayWaitForOthers: boolean;
  rotorOf: (targetName: string) => Pick<RotorClient, 'checkout' | 'checkoutEach'>;
  reports: Pick<RotorReports, 'with'>;
  clock: Clock;
  logger: Logger;
  waitUntil(work: Promise<unknown>): void;
  wait?(durationMs: number): Promise<unknown>;
}

/**
 * How the requests of an isolate ask Rotors for IPs. Those of a busy target that come in one moment are one call, since a
 * call costs more than all that is done in it. No request depends on another one: where the joint call fails for a reason of
 * whoever made it, is lost with its invocation, or has an IP for others only, each asks by itself, and has the place in line
 * or the IP that it had: a Rotor knows it by its id until it has reported or left.
 */
export function createJointCheckouts({ open, mayWaitForOthers, rotorOf, reports, ...dependencies }: Dependencies) {
  const { clock } = dependencies;

  /** Has a target be busy for so long at the least; says whether it was. */
  function markBusy(targetName: string, stayMs: number): boolean {
    const { busyUntilMs } = open;
    const nowMs = clock.nowMs();
    const untilMs = busyUntilMs.get(targetName);
    if (untilMs === undefined && busyUntilMs.size >= MAX_REMEMBERED_TARGETS) busyUntilMs.clear();
    busyUntilMs.set(targetName, Math.max(untilMs ?? 0, nowMs + stayMs));
    return untilMs !== undefined && nowMs < untilMs;
  }

  async function askTogether(targetName: string, gathering: Asking[]): Promise<void> {
    const asking = gathering.filter((one) => !one.isOver());
    const [first, ...others] = asking.map(({ request }) => request);
    let results: (CheckoutResult | null)[] = [];
    if (first !== undefined && others.length > 0) {
      markBusy(targetName, BUSY_AFTER_COMPANY_MS);
      const joint = reports.with(targetName, (told) => {
        return rotorOf(targetName).checkoutEach([{ ...first, reports: told }, ...others]);
      });
      results = await joint.catch((error: unknown) => {
        // Each of them would only add to it. What else is wrong they hear when they ask by themselves.
        if (isTroubleOfObject(error)) for (const { fail } of asking) fail(error);
        return [];
      });
    }
    for (const [index, { answer }] of asking.entries()) answer(results[index] ?? null);
  }

  const gathered = createCallBuffer<Asking>({
    ...dependencies,
    buffered: open.gathered,
    send: askTogether,
    bufferMs: 0,
  });

  /** Null: it is to ask by itself. */
  async function inCompany(targetName: string, request: CheckoutRequest, { timers, signal }: Asker) {
    const { promise, resolve, reject } = Promise.withResolvers<CheckoutResult | null>();
    let isOver = false;
    // Once: whoever has gone on, or is gone, is not to be answered from another request.
    const settle = (act: () => void): void => {
      if (!isOver) act();
      isOver = true;
    };
    const giveUp = () => settle(() => resolve(null));
    gathered.add(targetName, {
      request,
      isOver: () => isOver,
      answer: (result) => settle(() => resolve(result)),
      fail: (error) => settle(() => reject(error)),
    });
    const callOff = timers.after(JOINT_PATIENCE_MS, giveUp);
    signal.addEventListener('abort', giveUp);
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
      callOff();
    }
  }

  return {
    /** An IP of a target for a request, after waiting for it if need be. Whoever leaves tells the Rotor besides. */
    async ask(targetName: string, request: CheckoutRequest, asker: Asker): Promise<CheckoutResult> {
      // Whoever came before and has yet to ask is not to be overtaken.
      const isBusy = markBusy(targetName, BUSY_MS) || open.gathered.has(targetName);
      const result = isBusy && mayWaitForOthers ? await inCompany(targetName, request, asker) : null;
      if (result !== null) return result;
      // Its caller has had it leave: asked again, the Rotor would have it wait for nobody.
      if (asker.signal.aborted) return { ok: false, code: 'LEFT' };
      return reports.with(targetName, (told) => rotorOf(targetName).checkout({ ...request, reports: told }));
    },
  };
}

export type JointCheckouts = ReturnType<typeof createJointCheckouts>;
