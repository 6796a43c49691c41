import type { DebitType } from './credit-ledger.types.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RENEWAL_PREFIX = 'renew:';

/** The milliseconds since the epoch that a UUID v7 was made at (RFC 9562 section 5.7); null for any other text. */
export function uuidV7TimeMs(text: string): number | null {
  return UUID_V7.test(text) ? Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16) : null;
}

/** What one renewal of a lease is booked under. Both ids are UUIDs v7; the attempt's tells when the renewal began. */
export function renewalReference(leaseId: string, attemptId: string): string {
  return `${RENEWAL_PREFIX}${leaseId}:${attemptId}`;
}

/** The lease that a reference renews; null when it is no renewal's. */
export function renewedLeaseId(reference: string): string | null {
  return reference.startsWith(RENEWAL_PREFIX) ? (reference.split(':')[1] ?? null) : null;
}

/** What the refund of a lease is booked under: it happens once. */
export function refundReference(leaseId: string): string {
  return `refund:${leaseId}`;
}

/** When a debit's reference was made, milliseconds since the epoch; null when it has not the form of its type. */
export function debitTimeMs(type: DebitType, reference: string): number | null {
  if (type === 'acquire') return uuidV7TimeMs(reference);
  const [prefix, leaseId = '', attemptId = '', ...rest] = reference.split(':');
  const isRenewal = `${prefix}:` === RENEWAL_PREFIX && rest.length === 0 && uuidV7TimeMs(leaseId) !== null;
  return isRenewal ? uuidV7TimeMs(attemptId) : null;
}
