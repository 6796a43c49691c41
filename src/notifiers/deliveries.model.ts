const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The pause before each attempt, counted from the one before: about three days in all (Standard Webhooks 1.0, "Retries"). */
export const ATTEMPT_DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
export const MAX_ATTEMPTS = ATTEMPT_DELAYS_MS.length;

/** What failed together must not come again together: each pause is up to a tenth longer. */
const JITTER = 0.1;

/** A receiver may ask for patience, but not for more than the longest pause of our own. */
export const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** The platform delays a queue message by 12 hours at most; what rests longer is found by the sweep. */
export const MAX_QUEUE_DELAY_MS = 12 * HOUR_MS;

/** An attempt ends by its timeout long before this; one that died with its Worker is due again after it. */
export const ATTEMPT_CLAIM_MS = MINUTE_MS;

/** Failures in a row that make a notifier unhealthy: one is an accident. */
export const UNHEALTHY_FAILURES = 3;

export type DeliveryStatus = 'pending' | 'delivered' | 'dead';

/** How one attempt ended, as a notifier tells it. */
export type DeliveryOutcome =
  | { kind: 'delivered'; responseStatus: number | null }
  | { kind: 'failed'; responseStatus: number | null; error: string; retryAfterMs: number | null }
  /** The receiver says that it wants nothing any more, for good: the notifier is switched off. */
  | { kind: 'gone'; responseStatus: number | null; error: string };

export interface ConcludedAttempt {
  status: DeliveryStatus;
  /** Null unless pending. */
  nextAttemptAtMs: number | null;
}

/** What becomes of a delivery after its n-th attempt, n from 1; `random` is 0 ≤ x < 1. */
export function concludeAttempt(
  outcome: DeliveryOutcome,
  attempts: number,
  { nowMs, random }: { nowMs: number; random: number },
): ConcludedAttempt {
  if (outcome.kind === 'delivered') return { status: 'delivered', nextAttemptAtMs: null };
  const pauseMs = ATTEMPT_DELAYS_MS[attempts];
  if (outcome.kind === 'gone' || pauseMs === undefined) return { status: 'dead', nextAttemptAtMs: null };
  const ownMs = pauseMs * (1 + JITTER * random);
  const askedMs = Math.min(outcome.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  return { status: 'pending', nextAttemptAtMs: nowMs + Math.round(Math.max(ownMs, askedMs)) };
}

/** The delay of the message for the next attempt, in whole seconds; null when the sweep sees to it. */
export function queueDelaySeconds(nextAttemptAtMs: number, nowMs: number): number | null {
  const delayMs = nextAttemptAtMs - nowMs;
  return delayMs > MAX_QUEUE_DELAY_MS ? null : Math.max(0, Math.ceil(delayMs / SECOND_MS));
}

export function isHealthy({ isActive, consecutiveFailures }: { isActive: boolean; consecutiveFailures: number }) {
  return isActive && consecutiveFailures < UNHEALTHY_FAILURES;
}
