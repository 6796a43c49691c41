import { sumCounts } from './rotation.model.ts';
import type { TargetIpState, TargetIpStateName, TargetMetrics } from './rotation.types.ts';
import { compareByUse, type RotatingIp, type RotationState, restsUntilMs } from './rotation-state.model.ts';

function stateOf(ip: RotatingIp): TargetIpStateName {
  if (ip.place !== 'resting') return ip.place === 'inUse' ? 'IN_USE' : 'FREE';
  return ip.quarantinedUntilMs === null ? 'HELD' : 'QUARANTINED';
}

/** All IPs of a target at the time of its last turn, in the order of its configuration, then those that drain. */
export function ipStates(state: RotationState): TargetIpState[] {
  const ips = [...state.ips.values()].sort((left, right) => {
    return (left.position ?? state.ips.size) - (right.position ?? state.ips.size) || compareByUse(left, right);
  });
  return ips.map((ip) => {
    const name = stateOf(ip);
    return {
      address: ip.address,
      provider: ip.provider,
      state: name,
      failures: ip.failures,
      releaseAtMs: ip.place === 'resting' ? restsUntilMs(ip) : null,
      requestCount: Object.values(ip.counts.outcomes).reduce((sum, count) => sum + count, 0),
      isDraining: ip.position === null,
    };
  });
}

/** A target in figures, at the time of its last turn; its IPs without those that drain. */
export function targetMetrics(state: RotationState): TargetMetrics {
  const ips: TargetMetrics['ips'] = { FREE: 0, IN_USE: 0, HELD: 0, QUARANTINED: 0 };
  for (const ip of state.ips.values()) if (ip.position !== null) ips[stateOf(ip)] += 1;
  const { queueTimeouts } = state.totals;
  return { ...sumCounts(state), queueTimeouts, checkouts: state.ipByCheckout.size, waiters: state.line.size, ips };
}
