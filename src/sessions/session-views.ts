import { toTimestamp, toTimestampOrNull } from '../platform/clock.ts';
import type { EventView } from './events.schemas.ts';
import type { SessionProxyView } from './figures.schemas.ts';
import { healthOf, isEnabled } from './proxy-health.model.ts';
import type { SessionView } from './sessions.schemas.ts';
import type { EventRow, SessionProxyRow, SessionRow } from './sessions.types.ts';

export function toSessionView(row: SessionRow): SessionView {
  return {
    id: row.sessionId,
    profile_id: row.profileId,
    device: row.device,
    target_url: row.targetUrl,
    proxy: row.proxy,
    country: row.country,
    start_time: toTimestamp(row.startedAtMs),
    end_time: toTimestampOrNull(row.endedAtMs),
    duration: row.durationSeconds,
    success: row.status === 'active' ? null : row.status === 'completed',
    error: row.error,
    status: row.status,
  };
}

export function toEventView(row: EventRow): EventView {
  return {
    id: row.id,
    session_id: row.sessionId,
    event_type: row.eventType,
    timestamp: toTimestamp(row.createdAtMs),
    details: JSON.parse(row.details),
  };
}

/** A number with so many decimals at most. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

export function toSessionProxyView(row: SessionProxyRow, nowMs: number): SessionProxyView {
  const { uses, successes, successUs } = row;
  return {
    url: row.proxy,
    uses,
    successes,
    failures: uses - successes,
    // Nothing is known against a proxy without data.
    success_rate: uses === 0 ? 1 : rounded(successes / uses, 4),
    status: healthOf(row, nowMs),
    enabled: isEnabled(row, nowMs),
    last_used: toTimestamp(row.lastUsedAtMs),
    avg_latency_ms: successes === 0 ? 0 : rounded(successUs / successes / 1_000, 1),
    country: row.country,
  };
}
