import type { CancelSignal } from '../../platform/cancellation.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Buffered, createCallBuffer } from '../../platform/durable/call-buffer.ts';
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
/** Targets whose last call is remembered. */
const MAX_REMEMBERED_TARGETS = 1_000;

interface Asking {
  request: CheckoutRequest;
  /** Null: it asks by itself. */
  answer(result: CheckoutResult | null): void;
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
 * call costs more than all that is done in it. No request depends on another one: where the joint call fails, is lost with
 * the invocation that made it, or has an IP for others only, each asks by itself; asked again, a Rotor gives the same answer.
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

  async function askTogether(targetName: string, asking: Asking[]): Promise<void> {
    const [first, ...others] = asking.map(({ request }) => request);
    let results: (CheckoutResult | null)[] = [];
    if (first !== undefined && others.length > 0) {
      markBusy(targetName, BUSY_AFTER_COMPANY_MS);
      const joint = reports.with(targetName, (told) => {
        return rotorOf(targetName).checkoutEach([{ ...first, reports: told }, ...others]);
      });
      // What is wrong with it they hear when they ask by themselves.
      results = await joint.catch(() => []);
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
    let giveUp = (): void => undefined;
    const answered = new Promise<CheckoutResult | null>((resolve) => {
      let isOver = false;
      // Once: whoever has gone on, or is gone, is not to be answered from another request.
      const answer = (result: CheckoutResult | null): void => {
        if (!isOver) resolve(result);
        isOver = true;
      };
      giveUp = () => answer(null);
      gathered.add(targetName, { request, answer });
    });
    const callOff = timers.after(JOINT_PATIENCE_MS, giveUp);
    signal.addEventListener('abort', giveUp);
    const result = await answered;
    signal.removeEventListener('abort', giveUp);
    callOff();
    return result;
  }

  return {
    /** An IP of a target for a request, after waiting for it if need be. */
    async ask(targetName: string, request: CheckoutRequest, asker: Asker): Promise<CheckoutResult> {
      // Whoever came before and has yet to ask is not to be overtaken.
      const isBusy = markBusy(targetName, BUSY_MS) || open.gathered.has(targetName);
      const result = isBusy && mayWaitForOthers ? await inCompany(targetName, request, asker) : null;
      if (result !== null) return result;
      return reports.with(targetName, (told) => rotorOf(targetName).checkout({ ...request, reports: told }));
    },
  };
}

export type JointCheckouts = ReturnType<typeof createJointCheckouts>;
