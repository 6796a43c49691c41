import type {
  CheckedOut,
  CheckoutRefusalCode,
  CheckoutRequest,
  ReportResult,
  RequestReport,
} from './rotation.types.ts';
import {
  CHECKOUT_LIFE_MS,
  type Checkout,
  type Effect,
  type IpCounts,
  moveTo,
  type RotatingIp,
  type RotationState,
  type RotationWrite,
  restsUntilMs,
  type Served,
} from './rotation-state.model.ts';
import type { Waiter } from './waiting-line.model.ts';

/** One command under way: what it has to store and whom it concerns so far. */
export interface Turn {
  state: RotationState;
  nowMs: number;
  writes: RotationWrite[];
  served: Served[];
}

export type CheckoutOutcome = CheckedOut | { ok: false; code: CheckoutRefusalCode } | { wait: Waiter };

type Wish = Pick<Waiter, 'checkoutId' | 'joinedAtMs'>;

export function refuse(turn: Turn, waiter: Waiter, code: CheckoutRefusalCode): void {
  turn.state.line.leave(waiter);
  turn.served.push({ waiter, result: { ok: false, code } });
}

function addCounts(sum: IpCounts, counts: IpCounts): void {
  for (const [outcome, count] of Object.entries(counts.outcomes)) {
    sum.outcomes[outcome as keyof IpCounts['outcomes']] += count;
  }
  sum.latencySumMs += counts.latencySumMs;
  sum.latencyCount += counts.latencyCount;
  sum.quarantines += counts.quarantines;
  sum.lastRequestAtMs = Math.max(sum.lastRequestAtMs ?? 0, counts.lastRequestAtMs ?? 0) || null;
}

/** All that was counted, of the IPs that are gone too. */
export function sumCounts({ totals, ips }: Pick<RotationState, 'totals' | 'ips'>): IpCounts {
  const sum = { ...totals, outcomes: { ...totals.outcomes } };
  for (const { counts } of ips.values()) addCounts(sum, counts);
  return sum;
}

/** Forgets an IP that is in no list; what it has counted stays the target's. */
function dropIp({ state, writes }: Turn, ip: RotatingIp): void {
  state.ips.delete(ip.address);
  if (ip.useSequence === 0) return;
  writes.push({ kind: 'remove_ip', address: ip.address });
  if (state.configuration === null) return;
  addCounts(state.totals, ip.counts);
  writes.push({ kind: 'totals' });
}

function grant({ state, nowMs, writes }: Turn, ip: RotatingIp, { checkoutId, joinedAtMs }: Wish): CheckedOut {
  moveTo(state, ip, null);
  state.lastUseSequence += 1;
  ip.useSequence = state.lastUseSequence;
  ip.checkout = {
    id: checkoutId,
    grantedAtMs: nowMs,
    lapsesAtMs: nowMs + CHECKOUT_LIFE_MS,
    holdMs: state.configuration?.minRequestIntervalMs ?? 0,
    queueMs: nowMs - joinedAtMs,
  };
  ip.counts.lastRequestAtMs = nowMs;
  state.ipByCheckout.set(checkoutId, ip);
  moveTo(state, ip, 'inUse');
  writes.push({ kind: 'ip', ip });
  return toCheckedOut(state, ip);
}

function toCheckedOut({ line }: RotationState, { address, provider, proxyId, checkout: held }: RotatingIp): CheckedOut {
  return { ok: true, address, provider, proxyId, queueMs: held?.queueMs ?? 0, isAwaited: line.size > 0 };
}

/** Puts an IP that is in no list where it belongs; one that is free goes to whoever came first of those whom it suits. */
export function settle(turn: Turn, ip: RotatingIp): void {
  const { state, nowMs } = turn;
  if (restsUntilMs(ip) > nowMs) {
    moveTo(state, ip, 'resting');
    return;
  }
  if (ip.quarantinedUntilMs !== null && ip.position !== null) state.quarantinedCount -= 1;
  ip.quarantinedUntilMs = null;
  if (ip.position === null) {
    dropIp(turn, ip);
    return;
  }
  moveTo(state, ip, 'free');
  const waiter = state.line.firstFor(ip.address);
  if (waiter === null) return;
  state.line.leave(waiter);
  turn.served.push({ waiter, result: grant(turn, ip, waiter) });
}

/** Whether these are all that could be had some time soon: then excluding them would be waiting for nothing. */
function isAllThereIs({ ips, listedCount, quarantinedCount }: RotationState, excluded: ReadonlySet<string>): boolean {
  const usableCount = listedCount - quarantinedCount;
  if (excluded.size < usableCount) return false;
  let usableExcluded = 0;
  for (const address of excluded) {
    const ip = ips.get(address);
    if (ip !== undefined && ip.position !== null && ip.quarantinedUntilMs === null) usableExcluded += 1;
  }
  return usableExcluded >= usableCount;
}

function firstFree({ lists, ips }: RotationState, { excluded, forced }: Pick<Waiter, 'excluded' | 'forced'>) {
  if (forced !== null) {
    const ip = ips.get(forced);
    return ip?.place === 'free' ? ip : null;
  }
  for (const ip of lists.free.values()) if (!excluded.has(ip.address)) return ip;
  return null;
}

/** To be called when there are fewer IPs: whoever has excluded all that are left takes any. */
export function relaxChoosy(turn: Turn): void {
  const { state } = turn;
  for (const waiter of state.line.choosy()) {
    if (!isAllThereIs(state, waiter.excluded)) continue;
    state.line.acceptAny(waiter);
    const ip = firstFree(state, waiter);
    if (ip === null) continue;
    state.line.leave(waiter);
    turn.served.push({ waiter, result: grant(turn, ip, waiter) });
  }
}

/** Takes an IP out of use. `sentAtMs`: when its request was sent, as late as it may have been; null: never. */
function endCheckout({ state, writes }: Turn, ip: RotatingIp, { id, holdMs }: Checkout, sentAtMs: number | null): void {
  moveTo(state, ip, null);
  state.ipByCheckout.delete(id);
  ip.checkout = null;
  if (sentAtMs !== null) ip.heldUntilMs = Math.max(ip.heldUntilMs, sentAtMs + holdMs);
  writes.push({ kind: 'ip', ip });
}

function lapse(turn: Turn): void {
  const { inUse } = turn.state.lists;
  for (let ip = inUse.first(); ip?.checkout && ip.checkout.lapsesAtMs <= turn.nowMs; ip = inUse.first()) {
    // Until it lapsed its caller may have sent something.
    endCheckout(turn, ip, ip.checkout, ip.checkout.lapsesAtMs);
    ip.counts.outcomes.lapsed += 1;
    settle(turn, ip);
  }
}

function countTimeouts({ state, writes }: Turn, count: number): void {
  if (count === 0) return;
  state.totals.queueTimeouts += count;
  writes.push({ kind: 'totals' });
}

/** Everything that time alone has done since: each command begins with it. */
export function startTurn(state: RotationState, nowMs: number): Turn {
  const turn: Turn = { state, nowMs, writes: [], served: [] };
  const late = state.line.late(nowMs);
  for (const waiter of late) refuse(turn, waiter, 'QUEUE_TIMEOUT');
  countTimeouts(turn, late.length);
  lapse(turn);
  const { resting } = state.lists;
  for (let ip = resting.first(); ip && restsUntilMs(ip) <= nowMs; ip = resting.first()) {
    moveTo(state, ip, null);
    settle(turn, ip);
  }
  return turn;
}

export function effectOf<Outcome>({ writes, served }: Turn, outcome: Outcome): Effect<Outcome> {
  return { outcome, writes, served };
}

/** Time passes. */
export function tick(state: RotationState, nowMs: number): Effect<null> {
  return effectOf(startTurn(state, nowMs), null);
}

/** Gives an IP to a request, has it wait, or says why it gets none. A free IP is never one that a waiter takes. */
export function checkout(state: RotationState, request: CheckoutRequest, nowMs: number): Effect<CheckoutOutcome> {
  const turn = startTurn(state, nowMs);
  const refused = (code: CheckoutRefusalCode) => effectOf<CheckoutOutcome>(turn, { ok: false, code });
  for (const report of request.reports ?? []) conclude(turn, report);
  const { checkoutId, forced } = request;
  const held = state.ipByCheckout.get(checkoutId);
  if (held) return effectOf<CheckoutOutcome>(turn, toCheckedOut(state, held));
  const waiting = state.line.find(checkoutId);
  if (waiting) return effectOf<CheckoutOutcome>(turn, { wait: waiting });
  // In line until this turn: it does not join anew.
  const ended = turn.served.find(({ waiter }) => waiter.checkoutId === checkoutId);
  if (ended) return effectOf<CheckoutOutcome>(turn, ended.result);
  if (request.revision > state.revision) return refused('OUTDATED');
  if (state.configuration === null) return refused('NO_TARGET');
  const ofForced = forced === null ? null : state.ips.get(forced);
  if (ofForced !== null && (ofForced === undefined || ofForced.position === null)) return refused('UNKNOWN_IP');
  if (ofForced !== null && ofForced.quarantinedUntilMs !== null) return refused('IP_QUARANTINED');
  let excluded: ReadonlySet<string> = new Set(request.excluded);
  if (excluded.size > 0 && isAllThereIs(state, excluded)) excluded = new Set();
  const ip = firstFree(state, { excluded, forced });
  if (ip !== null) return effectOf<CheckoutOutcome>(turn, grant(turn, ip, { checkoutId, joinedAtMs: nowMs }));
  const deadlineAtMs = nowMs + state.configuration.maxQueueWaitMs;
  if (deadlineAtMs <= nowMs) {
    countTimeouts(turn, 1);
    return refused('QUEUE_TIMEOUT');
  }
  const waiter = state.line.join({ checkoutId, joinedAtMs: nowMs, deadlineAtMs, excluded, forced });
  return waiter === null ? refused('QUEUE_FULL') : effectOf<CheckoutOutcome>(turn, { wait: waiter });
}

/** A request goes on: its checkout lapses later. False when it has lapsed already. */
export function extend(state: RotationState, checkoutId: string, nowMs: number): Effect<boolean> {
  const turn = startTurn(state, nowMs);
  const ip = state.ipByCheckout.get(checkoutId);
  if (!ip?.checkout) return effectOf(turn, false);
  moveTo(state, ip, null);
  ip.checkout.lapsesAtMs = turn.nowMs + CHECKOUT_LIFE_MS;
  moveTo(state, ip, 'inUse');
  turn.writes.push({ kind: 'ip', ip });
  return effectOf(turn, true);
}

/** Quarantines an IP that has failed too often in a row. */
function judge(turn: Turn, ip: RotatingIp, { outcome }: RequestReport): void {
  const { state, nowMs } = turn;
  if (outcome === 'success') ip.failures = 0;
  if (outcome === 'success' || outcome === 'cancelled') return;
  ip.failures += 1;
  const { configuration } = state;
  if (configuration === null || ip.position === null || ip.failures < configuration.ipFailuresUntilQuarantine) return;
  // One that is held for longer is quarantined as long: it comes back from both at once.
  ip.quarantinedUntilMs = Math.max(nowMs + configuration.quarantineTimeMs, ip.heldUntilMs);
  ip.counts.quarantines += 1;
  state.quarantinedCount += 1;
  for (const waiter of state.line.forcedOn(ip.address)) refuse(turn, waiter, 'IP_QUARANTINED');
}

/** When a request was sent; a failed try counts from its beginning, or a dead IP would be the quickest of all. */
function sentAtMsOf({ outcome, sentAgoMs }: RequestReport, { grantedAtMs }: Checkout, nowMs: number): number | null {
  if (sentAgoMs !== null) return Math.min(nowMs, Math.max(grantedAtMs, nowMs - sentAgoMs));
  return outcome === 'cancelled' ? null : grantedAtMs;
}

function finish(turn: Turn, ip: RotatingIp, held: Checkout, report: RequestReport): void {
  endCheckout(turn, ip, held, sentAtMsOf(report, held, turn.nowMs));
  ip.counts.outcomes[report.outcome] += 1;
  if (report.latencyMs !== null) {
    ip.counts.latencySumMs += report.latencyMs;
    ip.counts.latencyCount += 1;
  }
  judge(turn, ip, report);
  settle(turn, ip);
  if (ip.quarantinedUntilMs !== null) relaxChoosy(turn);
}

function conclude(turn: Turn, request: RequestReport): ReportResult {
  const ip = turn.state.ipByCheckout.get(request.checkoutId);
  if (!ip?.checkout) return { ok: false };
  finish(turn, ip, ip.checkout, request);
  return { ok: true };
}

/** Requests are over: their IPs rest, or are quarantined, or go to the next. */
export function report(
  state: RotationState,
  requests: readonly RequestReport[],
  nowMs: number,
): Effect<ReportResult[]> {
  const turn = startTurn(state, nowMs);
  return effectOf(
    turn,
    requests.map((request) => conclude(turn, request)),
  );
}

/** A caller is gone: it waits no longer, and what it was given meanwhile is free again. False when it is not known. */
export function leave(state: RotationState, checkoutId: string, nowMs: number): Effect<boolean> {
  const turn = startTurn(state, nowMs);
  const waiter = state.line.find(checkoutId);
  if (waiter) refuse(turn, waiter, 'LEFT');
  const ip = state.ipByCheckout.get(checkoutId);
  if (ip?.checkout) {
    finish(turn, ip, ip.checkout, { checkoutId, outcome: 'cancelled', sentAgoMs: null, latencyMs: null });
  }
  return effectOf(turn, waiter !== null || ip !== undefined);
}

/** When time alone changes something for those who wait; null while nobody does: nobody would notice. */
export function nextTurnAtMs({ line, lists }: RotationState): number | null {
  const deadlineAtMs = line.earliestDeadlineMs();
  if (deadlineAtMs === null) return null;
  const [rested, lapsed] = [lists.resting.first(), lists.inUse.first()];
  return Math.min(
    deadlineAtMs,
    rested ? restsUntilMs(rested) : Number.POSITIVE_INFINITY,
    lapsed?.checkout?.lapsesAtMs ?? Number.POSITIVE_INFINITY,
  );
}
