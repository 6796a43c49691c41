/** A notifier rarely wants more than a handful; all of them are `*`. */
export const MAX_EVENT_PATTERNS = 20;

const PATTERN = /^(?:\*|([a-z_]+)\.(?:\*|[a-z_]+))$/;

/**
 * Whether a subscription may be written so: `*`, `credits.*` or `credits.low`, and at least one event fits. What passes
 * is a GLOB of SQLite as it is: routing matches in the database.
 */
export function isEventPattern(pattern: string, eventTypes: readonly string[]): boolean {
  return PATTERN.test(pattern) && eventTypes.some((type) => matchesPattern(pattern, type));
}

/** True when a subscription is to events of this type. */
export function matchesPattern(pattern: string, eventType: string): boolean {
  if (pattern === '*' || pattern === eventType) return true;
  return pattern.endsWith('.*') && eventType.startsWith(pattern.slice(0, -1));
}
