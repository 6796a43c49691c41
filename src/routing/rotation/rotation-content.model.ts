import { effectOf, refuse, relaxChoosy, settle, startTurn, type Turn } from './rotation.model.ts';
import type { TargetConfiguration } from './rotation.types.ts';
import { type Effect, listIps, moveTo, noCounts, type RotatingIp, type RotationState } from './rotation-state.model.ts';

/** IPs of one target: their list is one row of at most 2 MB, and memory for each is a few hundred bytes. */
export const MAX_TARGET_IPS = 10_000;

/** Makes a configuration hold; the IPs that it no longer has drain. */
function apply(turn: Turn, configuration: TargetConfiguration | null, revision: number): void {
  const { state } = turn;
  const idle: RotatingIp[] = [...state.lists.free.values(), ...state.lists.resting.values()];
  for (const ip of idle) moveTo(state, ip, null);
  state.configuration = configuration;
  state.revision = revision;
  turn.writes.push({ kind: 'configuration' });
  listIps(state);
  // Before any IP is given away: who takes any now may have come first.
  relaxChoosy(turn);
  // In order of use, as whoever waits gets them.
  const placed = [...state.ips.values()].filter(({ place }) => place === null);
  placed.sort((left, right) => left.useSequence - right.useSequence || (left.position ?? 0) - (right.position ?? 0));
  for (const ip of placed) settle(turn, ip);
}

/** Takes a configuration over; false when it isn't newer than what is known. */
export function configure(state: RotationState, configuration: TargetConfiguration, nowMs: number): Effect<boolean> {
  const turn = startTurn(state, nowMs);
  if (configuration.revision <= state.revision) return effectOf(turn, false);
  const isReturn = state.configuration === null;
  if (isReturn) forgetCounts(turn);
  apply(turn, configuration, configuration.revision);
  for (const waiter of state.line.inOrder()) {
    if (waiter.forced !== null && (state.ips.get(waiter.forced)?.position ?? null) === null) {
      refuse(turn, waiter, 'UNKNOWN_IP');
    }
  }
  return effectOf(turn, true);
}

function forgetCounts({ state, writes }: Turn): void {
  state.totals = { ...noCounts(), queueTimeouts: 0 };
  for (const ip of state.ips.values()) {
    ip.counts = noCounts();
    if (ip.useSequence > 0) writes.push({ kind: 'ip', ip });
  }
  writes.push({ kind: 'totals' });
}

/** The target is gone: nobody waits for it any more, and what is under way ends. False when that isn't news. */
export function remove(state: RotationState, revision: number, nowMs: number): Effect<boolean> {
  const turn = startTurn(state, nowMs);
  if (revision <= state.revision) return effectOf(turn, false);
  for (const waiter of state.line.inOrder()) refuse(turn, waiter, 'NO_TARGET');
  apply(turn, null, revision);
  forgetCounts(turn);
  return effectOf(turn, true);
}
