import type { sessionProxies, sessions } from './sessions.tables.ts';

export const sessionStatuses = ['active', 'completed', 'failed'] as const;
export type SessionStatus = (typeof sessionStatuses)[number];

/** What a client may tell of a session (reference, "Event Types"). */
export const eventTypes = [
  'navigation',
  'page_load',
  'click',
  'scroll',
  'type',
  'screenshot',
  'error',
  'custom',
] as const;
export type SessionEventType = (typeof eventTypes)[number];

export type SessionRow = typeof sessions.$inferSelect;

/** An event with the client's name for its session. */
export interface EventRow {
  id: number;
  sessionId: string;
  eventType: SessionEventType;
  createdAtMs: number;
  /** A JSON object. */
  details: string;
}

export type SessionProxyRow = Omit<typeof sessionProxies.$inferSelect, 'accountId'>;

/** Which sessions of an account; all that is null or undefined does not matter. */
export interface SessionFilters {
  status?: SessionStatus | undefined;
  country?: string | undefined;
  search?: string | undefined;
}

export interface EventFilters {
  event_type?: SessionEventType | undefined;
  session_id?: string | undefined;
}
