import { toTimestampOrNull } from '../../platform/clock.ts';
import { displayAddress } from '../configuration/address.model.ts';
import type { TargetIpState, TargetMetrics } from '../rotation/rotation.types.ts';

/** An address of a target as the schema shows it. */
export function viewIpState({ address, state, failures, releaseAtMs, requestCount }: TargetIpState) {
  return {
    address: displayAddress(address),
    state,
    failures,
    quarantined: state === 'QUARANTINED',
    releaseAt: toTimestampOrNull(releaseAtMs),
    requestCount,
  };
}

/** Requests through addresses, each retry one. What the caller gave up counts as neither success nor failure. */
export function viewMetrics({ outcomes, latencySumMs, latencyCount, lastRequestAtMs }: TargetMetrics) {
  const { success, cancelled, ...failed } = outcomes;
  const failedRequests = Object.values(failed).reduce((sum, count) => sum + count, 0);
  return {
    totalRequests: success + cancelled + failedRequests,
    successRequests: success,
    failedRequests,
    avgLatencyMs: latencyCount === 0 ? null : latencySumMs / latencyCount,
    lastRequestAt: toTimestampOrNull(lastRequestAtMs),
  };
}
