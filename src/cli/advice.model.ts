import type { Refusal } from '../api-client/refusal.model.ts';

/** What someone at a terminal can do about an error, by its code. */
const advice: Readonly<Record<string, string>> = {
  UNAUTHORIZED: 'Set SWITCHYARD_KEY to a key that is not revoked.',
  FORBIDDEN: 'It wants another role: an administrator can give it.',
  INSUFFICIENT_CREDITS: 'Ask an administrator for credits.',
  NO_MATCHING_PROXY: 'Ask for less: another country, a lower --min-score, any protocol.',
  ALL_PROXIES_LEASED: 'Wait for one with --wait SECONDS, or try again in a moment.',
  TOO_MANY_LEASES: 'Release some: switchyard release --all',
  LEASE_NOT_FOUND: 'Look at what you hold: switchyard leases',
  LEASE_EXPIRED: 'Lease another one: switchyard acquire',
  LEASE_NOT_ACTIVE: 'Lease another one: switchyard acquire',
  PROCESS_NOT_FOUND: 'Look at which there are: switchyard ps',
  SHUTDOWN_IN_PROGRESS: 'An operator has to resume the service first.',
  RATE_LIMITED: 'Wait a minute, then go on.',
  NOT_FOUND: 'Is --url that of a Switchyard?',
};

/** The next step after a refusal; empty when there is none to name. */
export function adviceOn({ code, status, requestId }: Refusal): string {
  const known = advice[code];
  if (known !== undefined) return known;
  if (status < 500) return '';
  return `Try again. If it stays, tell your operator the request id ${requestId ?? '(none)'}.`;
}
