import { toTimestamp, toTimestampOrNull } from '../platform/clock.ts';
import { isHealthy } from './deliveries.model.ts';
import type { EventType } from './events.schemas.ts';
import type { DeliveryRow, NotifierRow } from './notifiers.types.ts';

/** A notifier as it goes over the wire; never its secret. */
export function renderNotifier(row: NotifierRow, nowMs: number) {
  const { previousSecretUntilMs } = row;
  const isRotating = previousSecretUntilMs !== null && nowMs < previousSecretUntilMs;
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    settings: { ...row.settings },
    has_secret: row.secretSealed !== null,
    rotating_until: isRotating ? toTimestamp(previousSecretUntilMs) : null,
    events: [...row.events],
    is_active: row.isActive,
    disabled_reason: row.disabledReason,
    health: {
      healthy: isHealthy(row),
      consecutive_failures: row.consecutiveFailures,
      last_delivered_at: toTimestampOrNull(row.lastDeliveredAtMs),
      last_failed_at: toTimestampOrNull(row.lastFailedAtMs),
      last_error: row.lastError,
    },
    created_at: toTimestamp(row.createdAtMs),
    updated_at: toTimestamp(row.updatedAtMs),
  };
}

export function renderDelivery(row: DeliveryRow) {
  return {
    id: row.eventId,
    type: row.type as EventType,
    occurred_at: toTimestamp(row.occurredAtMs),
    data: { ...row.payload },
    status: row.status,
    attempts: row.attempts,
    next_attempt_at: toTimestampOrNull(row.nextAttemptAtMs),
    last_attempt_at: toTimestampOrNull(row.lastAttemptAtMs),
    response_status: row.responseStatus,
    last_error: row.lastError,
    delivered_at: toTimestampOrNull(row.deliveredAtMs),
  };
}
