import type { Refusal } from '../../api-client/refusal.model.ts';

/** What someone can do about an error, by its code. */
const advice: Readonly<Record<string, string>> = {
  OFFLINE: 'The page tries again by itself. Check the network if this lasts.',
  UNAUTHORIZED: 'Sign in with a key that is not revoked.',
  FORBIDDEN: 'An administrator can give your account another role.',
  INSUFFICIENT_CREDITS: 'Ask an administrator for credits; what you hold already goes on.',
  NO_MATCHING_PROXY: 'Ask for less: another country, a lower score, any protocol.',
  ALL_PROXIES_LEASED: 'Wait for one: choose a waiting time, or try again in a moment.',
  TOO_MANY_LEASES: 'Release a lease that you don’t need any more.',
  LEASE_EXPIRED: 'Lease another one.',
  LEASE_NOT_ACTIVE: 'Lease another one.',
  EMAIL_TAKEN: 'Sign in with the key of that account, or ask an administrator for a new one.',
  REGISTRATION_CLOSED: 'Enter the invite that an administrator gave you.',
  RATE_LIMITED: 'Wait a minute, then go on.',
  NO_PARSER: 'Choose a parser below: the address does not say what the list looks like.',
  SOURCE_EXISTS: 'It is in the list of sources already.',
  SOURCE_FETCH_FAILED: 'Open the address yourself: is it there, does it want a header?',
  SOURCE_TIMEOUT: 'Try again, or use a smaller list.',
  ADDRESS_NOT_ALLOWED: 'Use a public address.',
  LAST_KEY: 'Create another key first.',
  IDEMPOTENCY_IN_FLIGHT: 'The first try is still running: look at your leases in a moment.',
  SHUTDOWN_IN_PROGRESS: 'An operator has to resume the service first.',
};

/** The next step after a refusal; for an error of ours, what to tell the operator. */
export function adviceFor({ code, status, requestId }: Refusal): string {
  const known = advice[code];
  if (known !== undefined) return known;
  if (status >= 500) return `Try again. If it stays, tell your operator the request id ${requestId ?? '(none)'}.`;
  return '';
}
