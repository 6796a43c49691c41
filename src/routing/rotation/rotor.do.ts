import { DurableObject } from 'cloudflare:workers';
import { systemClock } from '../../platform/clock.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import { createOpenCheckouts } from './open-checkouts.ts';
import { checkout, extend, leave, nextTurnAtMs, report, tick } from './rotation.model.ts';
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
import { createRotationState, type Effect, type RotationState } from './rotation-state.model.ts';
import { rotorMigrations } from './rotor.do-migrations.ts';
import { readRotation, writeRotation } from './rotor.storage.ts';

/**
 * The IPs of one target. Commands are pure and change the state in memory; here they are stored before anyone hears of
 * them. It has no alarm: time changes something only for those who wait, and they keep it in memory.
 */
export class Rotor extends DurableObject {
  /** Tests put their own here. */
  clock = systemClock;
  readonly #state: RotationState;
  readonly #open = createOpenCheckouts();
  #timer: { atMs: number; timeout: ReturnType<typeof setTimeout> } | null = null;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    runMigrations(ctx.storage, rotorMigrations);
    this.#state = createRotationState(readRotation(ctx.storage.sql));
  }

  /** Takes a newer configuration over; an older one, or the same again, changes nothing. */
  async configure(configuration: TargetConfiguration): Promise<{ ok: true; changed: boolean }> {
    return { ok: true, changed: this.#run((state, nowMs) => configure(state, configuration, nowMs)) };
  }

  /** The target is gone, at this revision. */
  async remove(request: { revision: number }): Promise<{ ok: true; changed: boolean }> {
    return { ok: true, changed: this.#run((state, nowMs) => remove(state, request.revision, nowMs)) };
  }

  /** An IP for one request, after waiting for it if need be; see `CheckoutRefusalCode` for every other end. */
  async checkout(request: CheckoutRequest): Promise<CheckoutResult> {
    if (this.#open.hasLeft(request.checkoutId)) return { ok: false, code: 'LEFT' };
    const outcome = this.#run((state, nowMs) => checkout(state, request, nowMs));
    return 'wait' in outcome ? this.#open.wait(outcome.wait.ticket) : outcome;
  }

  /** The request goes on; to be said more often than each `CHECKOUT_LIFE_MS`. */
  async extend(request: { checkoutId: string }): Promise<ExtendResult> {
    return { ok: this.#run((state, nowMs) => extend(state, request.checkoutId, nowMs)) };
  }

  async report(requests: readonly RequestReport[]): Promise<ReportResult[]> {
    return this.#run((state, nowMs) => report(state, requests, nowMs));
  }

  /** The caller is gone, whether it waits, has an IP, or its checkout is yet to arrive. */
  async leave(request: { checkoutId: string }): Promise<{ ok: true }> {
    const isKnown = this.#run((state, nowMs) => leave(state, request.checkoutId, nowMs));
    if (!isKnown) this.#open.leftEarly(request.checkoutId);
    return { ok: true };
  }

  async states(): Promise<{ ok: true; items: TargetIpState[] }> {
    this.#run(tick);
    return { ok: true, items: ipStates(this.#state) };
  }

  async metrics(): Promise<{ ok: true; metrics: TargetMetrics }> {
    this.#run(tick);
    return { ok: true, metrics: targetMetrics(this.#state) };
  }

  /** One command: changes memory, stores, answers those who waited. If storing fails, memory is wrong and starts anew. */
  #run<Outcome>(command: (state: RotationState, nowMs: number) => Effect<Outcome>): Outcome {
    let effect: Effect<Outcome>;
    try {
      effect = command(this.#state, this.clock.nowMs());
      const { writes } = effect;
      if (writes.length > 0) writeRotation(this.ctx.storage, this.#state, writes);
    } catch (error) {
      this.ctx.abort('the rotor could not store what it decided');
      throw error;
    }
    for (const { waiter, result } of effect.served) this.#open.answer(waiter.ticket, result);
    this.#arm();
    return effect.outcome;
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
      this.#run(tick);
    };
    this.#timer = { atMs, timeout: setTimeout(ring, Math.max(0, atMs - this.clock.nowMs())) };
  }
}
