import { DurableObject } from 'cloudflare:workers';
import { systemClock } from '../../platform/clock.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import { createOpenCheckouts } from './open-checkouts.ts';
import { type CheckoutOutcome, checkout, extend, leave, nextTurnAtMs, report, tick } from './rotation.model.ts';
import type {
  CheckoutRequest,
  CheckoutResult,
  ExtendResult,
  ReportResult,
  RequestReport,
  TargetConfiguration,
  TargetIpState,
  TargetMetrics,
} from './rotation.types.ts';
import { configure, remove } from './rotation-content.model.ts';
import { ipStates, targetMetrics } from './rotation-figures.model.ts';
import { createRotationState, type Effect, type RotationState, type RotationWrite } from './rotation-state.model.ts';
import { rotorMigrations } from './rotor.do-migrations.ts';
import { readRotation, writeRotation } from './rotor.storage.ts';

/** What commands of one moment have decided, and when it is stored. */
interface Batch {
  writes: RotationWrite[];
  stored: Promise<void>;
}

const NOTHING_TO_STORE = Promise.resolve();

/**
 * The IPs of one target. Commands are pure and change the state in memory; here they are stored before anyone hears of
 * them, those of a moment in one transaction: what a transaction costs is its end, not its rows. It has no alarm: time
 * changes something only for those who wait, and they keep it in memory.
 */
export class Rotor extends DurableObject {
  /** Tests put their own here. */
  clock = systemClock;
  readonly #state: RotationState;
  readonly #open = createOpenCheckouts();
  #batch: Batch | null = null;
  #timer: { atMs: number; timeout: ReturnType<typeof setTimeout> } | null = null;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    runMigrations(ctx.storage, rotorMigrations);
    this.#state = createRotationState(readRotation(ctx.storage.sql));
  }

  /** Takes a newer configuration over; an older one, or the same again, changes nothing. */
  async configure(configuration: TargetConfiguration): Promise<{ ok: true; changed: boolean }> {
    return { ok: true, changed: await this.#run((state, nowMs) => configure(state, configuration, nowMs)) };
  }

  /** The target is gone, at this revision. */
  async remove(request: { revision: number }): Promise<{ ok: true; changed: boolean }> {
    return { ok: true, changed: await this.#run((state, nowMs) => remove(state, request.revision, nowMs)) };
  }

  /** An IP for one request, after waiting for it if need be; see `CheckoutRefusalCode` for every other end. */
  async checkout(request: CheckoutRequest): Promise<CheckoutResult> {
    const { outcome, stored } = this.#take(request);
    // In this turn: whoever stands in line may be served by the next command.
    if ('wait' in outcome) return this.#open.wait(outcome.wait.ticket);
    await stored;
    return outcome;
  }

  /** As `checkout` for each of several requests, at once. Null: it stands in line, and hears of its turn by `checkout`. */
  async checkoutEach(requests: readonly CheckoutRequest[]): Promise<(CheckoutResult | null)[]> {
    const taken = requests.map((request) => this.#take(request));
    await Promise.all(taken.map(({ stored }) => stored));
    // Of the last ones, too: those who got an IP are to say at once when it is free again.
    const isAwaited = this.#state.line.size > 0;
    return taken.map(({ outcome }) => {
      if ('wait' in outcome) return null;
      return outcome.ok ? { ...outcome, isAwaited } : outcome;
    });
  }

  /** The request goes on; to be said more often than each `CHECKOUT_LIFE_MS`. */
  async extend(request: { checkoutId: string }): Promise<ExtendResult> {
    return { ok: await this.#run((state, nowMs) => extend(state, request.checkoutId, nowMs)) };
  }

  async report(requests: readonly RequestReport[]): Promise<ReportResult[]> {
    return this.#run((state, nowMs) => report(state, requests, nowMs));
  }

  /** The caller is gone, whether it waits, has an IP, or its checkout is yet to arrive. */
  async leave(request: { checkoutId: string }): Promise<{ ok: true }> {
    const { outcome: isKnown, stored } = this.#decide((state, nowMs) => leave(state, request.checkoutId, nowMs));
    if (!isKnown) this.#open.leftEarly(request.checkoutId);
    await stored;
    return { ok: true };
  }

  async states(): Promise<{ ok: true; items: TargetIpState[] }> {
    const read = (state: RotationState, nowMs: number) => ({ ...tick(state, nowMs), outcome: ipStates(state) });
    return { ok: true, items: await this.#run(read) };
  }

  async metrics(): Promise<{ ok: true; metrics: TargetMetrics }> {
    const read = (state: RotationState, nowMs: number) => ({ ...tick(state, nowMs), outcome: targetMetrics(state) });
    return { ok: true, metrics: await this.#run(read) };
  }

  /** A request's IP, place in line or refusal, in memory. Of one that was refused before it came, only what it tells counts. */
  #take(request: CheckoutRequest): { outcome: CheckoutOutcome; stored: Promise<void> } {
    const early = this.#open.takeEarly(request.checkoutId);
    if (early === null) {
      const decided = this.#decide((state, nowMs) => checkout(state, request, nowMs));
      // It may have been refused in this very turn, and hears of it now.
      this.#open.takeEarly(request.checkoutId);
      return decided;
    }
    const { stored } = this.#decide((state, nowMs) => report(state, request.reports ?? [], nowMs));
    return { outcome: early, stored };
  }

  /** One command, and what it came to once that is stored. */
  async #run<Outcome>(command: (state: RotationState, nowMs: number) => Effect<Outcome>): Promise<Outcome> {
    const { outcome, stored } = this.#decide(command);
    await stored;
    return outcome;
  }

  /** One command in memory. Those who waited hear of it once it is stored, and so does its caller. */
  #decide<Outcome>(command: (state: RotationState, nowMs: number) => Effect<Outcome>) {
    const { outcome, writes, served } = this.#orAbort(() => command(this.#state, this.clock.nowMs()));
    const stored = this.#store(writes);
    for (const { waiter, result } of served) {
      const tell = () => this.#open.answer(waiter, result);
      // One that has yet to ask for its turn may do so before it is stored, and waits for that then.
      if (this.#open.isHeard(waiter.ticket)) void stored.then(tell);
      else tell();
    }
    this.#arm();
    return { outcome, stored };
  }

  /** Stores with all that is decided in this moment. What only reads waits for that too: it may have read it. */
  #store(writes: readonly RotationWrite[]): Promise<void> {
    if (writes.length === 0) return this.#batch?.stored ?? NOTHING_TO_STORE;
    this.#batch ??= this.#openBatch();
    for (const write of writes) this.#batch.writes.push(write);
    return this.#batch.stored;
  }

  /** It ends when the calls that are there already have been taken: no more of them than callers wait. */
  #openBatch(): Batch {
    const writes: RotationWrite[] = [];
    const stored = new Promise<void>((resolve) => {
      setTimeout(() => {
        this.#batch = null;
        this.#orAbort(() => writeRotation(this.ctx.storage, this.#state, writes));
        resolve();
      });
    });
    return { writes, stored };
  }

  /** If deciding or storing fails, memory is wrong and starts anew. */
  #orAbort<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.ctx.abort('the rotor could not store what it decided');
      throw error;
    }
  }

  /** Has the next turn come by itself. Only in memory: whoever waits keeps the object there. */
  #arm(): void {
    const atMs = nextTurnAtMs(this.#state);
    if (atMs === (this.#timer?.atMs ?? null)) return;
    clearTimeout(this.#timer?.timeout);
    if (atMs === null) {
      this.#timer = null;
      return;
    }
    const ring = () => {
      this.#timer = null;
      this.#decide(tick);
    };
    this.#timer = { atMs, timeout: setTimeout(ring, Math.max(0, atMs - this.clock.nowMs())) };
  }
}
