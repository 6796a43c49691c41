import { toTimestamp } from '../../platform/clock.ts';
import { unavailable } from '../../platform/durable/stub-call.ts';
import { type AppError, appError } from '../../platform/errors/app-error.ts';
import type {
  AcquireRefusal,
  ChargeRefusal,
  LeasedProxy,
  LeaseGranted,
  LeaseView,
  RenewRefusal,
} from './lease-book.types.ts';

/** Opens a proxy's sealed password. */
export type OpenPassword = (proxyId: string, passwordSealed: string) => Promise<string>;

const QUEUE_FULL_RETRY_AFTER_SECONDS = 1;

const CHARGE_REFUSALS = [
  'INSUFFICIENT_CREDITS',
  'KEY_REVOKED',
  'ACCOUNT_DISABLED',
  'IDEMPOTENCY_KEY_REUSED',
  'UNAVAILABLE',
] as const satisfies ChargeRefusal['code'][];

/** `scheme://[user:pass@]ip:port`, user and password percent-encoded (RFC 3986 section 3.2.1). */
async function proxyUrl(proxy: LeasedProxy, openPassword: OpenPassword): Promise<string> {
  const { id, protocol, ip, port, username, passwordSealed } = proxy;
  if (username === null) return `${protocol}://${ip}:${port}`;
  const password = passwordSealed === null ? '' : await openPassword(id, passwordSealed);
  return `${protocol}://${encodeUserinfo(username)}:${encodeUserinfo(password)}@${ip}:${port}`;
}

/** `encodeURIComponent` leaves some sub-delimiters as they are; parsers differ on them here. */
function encodeUserinfo(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

export async function renderLease(lease: LeaseView, openPassword: OpenPassword) {
  const { id, ip, port, protocol, country, anonymity } = lease.proxy;
  const url = await proxyUrl(lease.proxy, openPassword);
  return {
    lease_id: lease.leaseId,
    proxy: { id, url, ip, port, protocol, country, anonymity },
    acquired_at: toTimestamp(lease.acquiredAtMs),
    expires_at: toTimestamp(lease.expiresAtMs),
  };
}

/** The answer for a lease that was paid for, and whether it is the first one again. */
export async function renderGranted({ lease, creditsRemaining, replayed }: LeaseGranted, openPassword: OpenPassword) {
  return { replayed, body: { ...(await renderLease(lease, openPassword)), credits_remaining: creditsRemaining } };
}

function isChargeRefusal(refusal: AcquireRefusal | RenewRefusal): refusal is ChargeRefusal {
  const codes: readonly string[] = CHARGE_REFUSALS;
  return codes.includes(refusal.code);
}

/** The error for what was not charged; `wish` is what the credit was for. */
function toChargeError(refusal: ChargeRefusal, wish: string): AppError {
  switch (refusal.code) {
    case 'INSUFFICIENT_CREDITS':
      return appError(refusal.code, {
        message: `You need at least 1 credit to ${wish}. Current balance: ${refusal.balance}.`,
      });
    case 'KEY_REVOKED':
    case 'ACCOUNT_DISABLED':
      return appError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': 'Bearer' } });
    case 'UNAVAILABLE':
      return unavailable(null);
    default:
      return appError(refusal.code);
  }
}

/** The error that a caller sees for a refused acquire. */
export function toAcquireError(refusal: AcquireRefusal): AppError {
  if (isChargeRefusal(refusal)) return toChargeError(refusal, 'acquire a proxy');
  switch (refusal.code) {
    case 'ALL_PROXIES_LEASED':
      return appError(refusal.code, {
        details: { retry_after_seconds: refusal.retryAfterSeconds },
        headers: { 'Retry-After': String(refusal.retryAfterSeconds) },
      });
    case 'QUEUE_FULL':
      return appError(refusal.code, { headers: { 'Retry-After': String(QUEUE_FULL_RETRY_AFTER_SECONDS) } });
    case 'LEFT':
      return unavailable(null);
    default:
      return appError(refusal.code);
  }
}

/** The error that a caller sees for a refused renewal. */
export function toRenewError(refusal: RenewRefusal): AppError {
  return isChargeRefusal(refusal) ? toChargeError(refusal, 'renew a lease') : appError(refusal.code);
}
