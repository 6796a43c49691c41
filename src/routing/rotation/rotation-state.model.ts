import { createSortedList, type SortedList } from '../../platform/collections/sorted-list.model.ts';
import type { CheckedOut, CheckoutRefusal, OutcomeCounts, TargetConfiguration } from './rotation.types.ts';
import { createWaitingLine, type Waiter, type WaitingLine } from './waiting-line.model.ts';

/** A checkout that is not extended for this long is over: whoever made it has crashed. */
export const CHECKOUT_LIFE_MS = 30_000;

export interface Checkout {
  id: string;
  grantedAtMs: number;
  lapsesAtMs: number;
  /** How long the IP rests after the request was sent, by the configuration of its beginning. */
  holdMs: number;
  /** How long it had waited, for whoever asks again. */
  queueMs: number;
}

/** Free: to be had now. Resting: held or quarantined. */
export type IpPlace = 'free' | 'resting' | 'inUse';

/** An IP of a target, as it is known and stored. */
export interface RotatingIp {
  readonly address: string;
  provider: string;
  proxyId: string | null;
  /** Its place in the configuration; null when it is not in it any more: then it goes once it rests no longer. */
  position: number | null;
  /** The list that it is in; null while it is moved. */
  place: IpPlace | null;
  checkout: Checkout | null;
  /** End of its hold; 0 before its first request. */
  heldUntilMs: number;
  /** End of its quarantine, while it is in one. */
  quarantinedUntilMs: number | null;
  /** In a row. */
  failures: number;
  /** Place of its last checkout among all of the target; 0 before the first. */
  useSequence: number;
  counts: IpCounts;
}

/** What a target has counted; of an IP that is gone the target keeps it. */
export interface IpCounts {
  outcomes: OutcomeCounts;
  latencySumMs: number;
  latencyCount: number;
  quarantines: number;
  lastRequestAtMs: number | null;
}

export interface TargetTotals extends IpCounts {
  queueTimeouts: number;
}

/** Everything that a rotor knows, rebuilt from its rows at start; those who wait are gone then. Only the commands change it. */
export interface RotationState {
  /** Null before the first, and after the target's removal. */
  configuration: TargetConfiguration | null;
  /** Of the configuration, or of the removal. */
  revision: number;
  readonly ips: Map<string, RotatingIp>;
  readonly ipByCheckout: Map<string, RotatingIp>;
  /** The free ones by how long they are unused, the resting ones by when that ends, those in use by when they lapse. */
  readonly lists: Readonly<Record<IpPlace, SortedList<RotatingIp>>>;
  readonly line: WaitingLine;
  /** IPs of the configuration, and how many of them are quarantined. */
  listedCount: number;
  quarantinedCount: number;
  lastUseSequence: number;
  totals: TargetTotals;
}

/** What must be in the storage before anybody hears of a command. IPs are written as they are after it. */
export type RotationWrite =
  | { kind: 'ip'; ip: RotatingIp }
  | { kind: 'remove_ip'; address: string }
  | { kind: 'configuration' }
  | { kind: 'totals' };

/** What became of a request that waited. */
export interface Served {
  waiter: Waiter;
  result: CheckedOut | CheckoutRefusal;
}

/** What a command did: its outcome, what to store, and which waiters it concerns. */
export interface Effect<Outcome> {
  outcome: Outcome;
  writes: RotationWrite[];
  served: Served[];
}

export interface StoredRotation {
  configuration: TargetConfiguration | null;
  revision: number;
  /** Those that were used. */
  ips: Iterable<RotatingIp>;
  totals: TargetTotals | null;
}

export function noCounts(): IpCounts {
  return {
    outcomes: { success: 0, rate_limited: 0, server_error: 0, connection_error: 0, cancelled: 0, lapsed: 0 },
    latencySumMs: 0,
    latencyCount: 0,
    quarantines: 0,
    lastRequestAtMs: null,
  };
}

export function createRotatingIp(address: string): RotatingIp {
  return {
    address,
    provider: '',
    proxyId: null,
    position: null,
    place: null,
    checkout: null,
    heldUntilMs: 0,
    quarantinedUntilMs: null,
    failures: 0,
    useSequence: 0,
    counts: noCounts(),
  };
}

/** When an IP that is not in use may be used again. */
export function restsUntilMs(ip: RotatingIp): number {
  return ip.quarantinedUntilMs ?? ip.heldUntilMs;
}

const byAddress = (left: RotatingIp, right: RotatingIp): number =>
  left.address < right.address ? -1 : Number(left.address > right.address);

/** Longest unused first; those that never were, in the order of the configuration. */
export function compareByUse(left: RotatingIp, right: RotatingIp): number {
  return left.useSequence - right.useSequence || (left.position ?? 0) - (right.position ?? 0);
}

function compareByRest(left: RotatingIp, right: RotatingIp): number {
  return restsUntilMs(left) - restsUntilMs(right) || left.useSequence - right.useSequence || byAddress(left, right);
}

function compareByLapse(left: RotatingIp, right: RotatingIp): number {
  return (left.checkout?.lapsesAtMs ?? 0) - (right.checkout?.lapsesAtMs ?? 0) || byAddress(left, right);
}

/** Puts an IP into a list, out of the one that it is in. What a list sorts by must not change while it is in it. */
export function moveTo({ lists }: RotationState, ip: RotatingIp, place: IpPlace | null): void {
  if (ip.place !== null) lists[ip.place].remove(ip);
  ip.place = place;
  if (place !== null) lists[place].add(ip);
}

/** Gives each IP its place in the configuration, new ones too, and counts anew. None may be in the list of free ones. */
export function listIps(state: RotationState): void {
  for (const ip of state.ips.values()) ip.position = null;
  for (const [position, { address, provider, proxyId = null }] of (state.configuration?.ips ?? []).entries()) {
    const ip = state.ips.get(address) ?? createRotatingIp(address);
    if (ip.position !== null) continue;
    state.ips.set(address, Object.assign(ip, { position, provider, proxyId }));
  }
  const listed = [...state.ips.values()].filter(({ position }) => position !== null);
  state.listedCount = listed.length;
  state.quarantinedCount = listed.filter(({ quarantinedUntilMs }) => quarantinedUntilMs !== null).length;
}

export function createRotationState(stored?: StoredRotation): RotationState {
  const state: RotationState = {
    configuration: stored?.configuration ?? null,
    revision: stored?.revision ?? 0,
    ips: new Map(),
    ipByCheckout: new Map(),
    lists: {
      free: createSortedList(compareByUse),
      resting: createSortedList(compareByRest),
      inUse: createSortedList(compareByLapse),
    },
    line: createWaitingLine(),
    listedCount: 0,
    quarantinedCount: 0,
    lastUseSequence: 0,
    totals: stored?.totals ?? { ...noCounts(), queueTimeouts: 0 },
  };
  for (const ip of stored?.ips ?? []) {
    state.ips.set(ip.address, ip);
    state.lastUseSequence = Math.max(state.lastUseSequence, ip.useSequence);
    if (ip.checkout) state.ipByCheckout.set(ip.checkout.id, ip);
  }
  listIps(state);
  // What rests no longer is let out by the first command, which knows the time.
  for (const ip of state.ips.values()) {
    moveTo(state, ip, ip.checkout !== null ? 'inUse' : ip.useSequence > 0 ? 'resting' : 'free');
  }
  return state;
}
