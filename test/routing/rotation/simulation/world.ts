import {
  type CheckoutOutcome,
  checkout,
  extend,
  leave,
  nextTurnAtMs,
  report,
  tick,
} from '../../../../src/routing/rotation/rotation.model.ts';
import type {
  CheckoutRequest,
  RequestReport,
  TargetConfiguration,
} from '../../../../src/routing/rotation/rotation.types.ts';
import { configure, remove } from '../../../../src/routing/rotation/rotation-content.model.ts';
import { ipStates, targetMetrics } from '../../../../src/routing/rotation/rotation-figures.model.ts';
import {
  createRotationState,
  type Effect,
  type Served,
} from '../../../../src/routing/rotation/rotation-state.model.ts';
import { RotationOracle } from './oracle.ts';
import { createStoredRotation } from './stored-rotation.ts';

/** A rotor with its rows, its callers and a clock, watched by the oracle. */
export function createRotationWorld() {
  const oracle = new RotationOracle();
  const rows = createStoredRotation();
  const requests = new Map<string, CheckoutRequest>();
  let state = createRotationState();
  let nowMs = 1_000_000;
  let revision = 0;
  let asked = 0;
  let grants = 0;

  /** One of the checkouts, mostly one in use: the others change nothing. */
  const pick = (which: number): string => {
    const inUse = [...state.ipByCheckout.keys()];
    const isKnown = which % 8 > 0 && inUse.length > 0;
    return (isKnown ? inUse[which % inUse.length] : undefined) ?? `c${(which % Math.max(1, asked)) + 1}`;
  };

  const requestOf = (checkoutId: string): CheckoutRequest => {
    const request = requests.get(checkoutId);
    if (!request) throw new Error('nobody asked for this');
    return request;
  };

  function hear(served: readonly Served[]): void {
    for (const { waiter, result } of served) {
      const request = requestOf(waiter.checkoutId);
      if (result.ok) {
        grants += 1;
        oracle.granted(request, result.address, nowMs);
      } else oracle.refused(request, result.code, nowMs);
    }
  }

  /** Stores what a command did, and has the oracle hear of it in the order in which it happened. */
  function after<Outcome>(effect: Effect<Outcome>, tell: (outcome: Outcome) => void): Outcome {
    rows.write(state, effect.writes);
    tell(effect.outcome);
    hear(effect.served);
    oracle.check(ipStates(state), state.line.size, nowMs);
    oracle.checkFigures(targetMetrics(state));
    return effect.outcome;
  }

  function advance(ms: number): void {
    nowMs += ms;
    oracle.timeIs(nowMs);
    after(tick(state, nowMs), () => undefined);
  }

  function ask(request: CheckoutRequest, tellFirst = () => {}): CheckoutOutcome {
    const { outcome, writes, served } = checkout(state, request, nowMs);
    return after({ outcome, writes, served: [] }, () => {
      tellFirst();
      // Whoever waited is served by what came free before the newcomer has its turn.
      hear(served);
      if ('wait' in outcome) oracle.queued(request, nowMs);
      else if (!outcome.ok) oracle.refused(request, outcome.code, nowMs);
      else {
        grants += 1;
        oracle.granted(request, outcome.address, nowMs);
      }
    });
  }

  return {
    ask(wish: Pick<CheckoutRequest, 'excluded' | 'forced'>, revisionsAhead = 0): CheckoutOutcome {
      asked += 1;
      const request = { ...wish, checkoutId: `c${asked}`, revision: revision + revisionsAhead };
      requests.set(request.checkoutId, request);
      return ask(request);
    },
    /** A request that takes along what became of another one: the IP of that may be the one that it gets. */
    askWithReport(which: number, outcome: Omit<RequestReport, 'checkoutId'>): void {
      const inUse = [...state.ipByCheckout.keys()];
      const checkoutId = inUse[which % Math.max(1, inUse.length)];
      if (checkoutId === undefined) return;
      const told = { ...outcome, checkoutId };
      asked += 1;
      const request = { excluded: [], forced: null, checkoutId: `c${asked}`, revision, reports: [told] };
      requests.set(request.checkoutId, request);
      ask(request, () => oracle.reported(told, true, nowMs));
    },
    /** The same request once more, as after a lost answer: it gives the same answer, or waits where it waited. */
    askAgain(which: number): void {
      const request = [...requests.values()].at(which % Math.max(1, requests.size));
      const held = request && state.ipByCheckout.get(request.checkoutId);
      if (!request || (!held && !state.line.find(request.checkoutId))) return;
      const outcome = after(checkout(state, request, nowMs), () => undefined);
      const isSame = 'wait' in outcome ? !held : outcome.ok && outcome.address === held?.address;
      if (!isSame) throw new Error('asked again, it answers otherwise');
    },
    report(which: number, outcome: Omit<RequestReport, 'checkoutId'>): void {
      const checkoutId = pick(which);
      const request = { ...outcome, checkoutId };
      after(report(state, [request], nowMs), ([result]) => oracle.reported(request, result?.ok === true, nowMs));
    },
    extend(which: number): void {
      const checkoutId = pick(which);
      after(extend(state, checkoutId, nowMs), (ok) => oracle.extended(checkoutId, ok, nowMs));
    },
    leave(which: number): void {
      const checkoutId = pick(which);
      const isHeld = state.ipByCheckout.has(checkoutId);
      const gone = { checkoutId, outcome: 'cancelled', sentAgoMs: null, latencyMs: null } as const;
      after(leave(state, checkoutId, nowMs), () => isHeld && oracle.reported(gone, true, nowMs));
    },
    configure(draft: Omit<TargetConfiguration, 'name' | 'numRetries' | 'revision'>, isOld: boolean): void {
      if (!isOld) revision += 1;
      const configuration = { ...draft, name: 't', numRetries: 3, revision };
      after(configure(state, configuration, nowMs), (isTaken) => oracle.configured(configuration, isTaken, nowMs));
    },
    remove(isOld: boolean): void {
      if (!isOld) revision += 1;
      const removedRevision = revision;
      after(remove(state, removedRevision, nowMs), (isTaken) => oracle.removed(removedRevision, isTaken, nowMs));
    },
    advance,
    /** To the next moment at which the rotor says that something happens to those who wait. */
    advanceToTurn(): void {
      const nextAtMs = nextTurnAtMs(state);
      if (nextAtMs === null) return;
      if (nextAtMs <= nowMs) throw new Error('what is over was not dealt with');
      advance(nextAtMs - nowMs);
    },
    /** The object dies and comes back from its rows. */
    die(): void {
      state = createRotationState(rows.read());
      oracle.died();
      after(tick(state, nowMs), () => undefined);
    },
    metrics: () => targetMetrics(state),
    grants: () => grants,
  };
}

export type RotationWorld = ReturnType<typeof createRotationWorld>;
