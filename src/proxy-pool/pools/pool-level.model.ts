export type PoolLevel = 'full' | 'low';

/** A pool that fell below its threshold has recovered only this far above it: one that wavers is told of once. */
const RECOVERY_FACTOR = 1.25;

/** Leasable proxies from which on a pool counts as full. */
export function recoveryLevel(threshold: number): number {
  return Math.max(threshold + 1, Math.ceil(threshold * RECOVERY_FACTOR));
}

/**
 * The level of a pool with so many leasable proxies; null while it was never full: what is being filled is not falling.
 * A threshold of 0 means that no pool is ever low.
 */
export function levelOf(before: PoolLevel | null, leasable: number, threshold: number): PoolLevel | null {
  if (leasable >= recoveryLevel(threshold)) return 'full';
  return before !== null && leasable < threshold ? 'low' : before;
}
