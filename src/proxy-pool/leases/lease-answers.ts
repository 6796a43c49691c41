import { toTimestamp } from '../../platform/clock.ts';
import { unavailable } from '../../platform/durable/stub-call.ts';
import { type AppError, appError } from '../../platform/errors/app-error.ts';
import type { AcquireRefusal, LeasedProxy, LeaseView } from './lease-book.types.ts';

/** Opens a proxy's sealed password. */
export type OpenPassword = (proxyId: string, passwordSealed: string) => Promise<string>;

const QUEUE_FULL_RETRY_AFTER_SECONDS = 1;

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

/** The error that a caller sees for a refusal. */
export function toAcquireError(refusal: AcquireRefusal): AppError {
  switch (refusal.code) {
    case 'INSUFFICIENT_CREDITS':
      return appError(refusal.code, {
        message: `You need at least 1 credit to acquire a proxy. Current balance: ${refusal.balance}.`,
      });
    case 'ALL_PROXIES_LEASED':
      return appError(refusal.code, {
        details: { retry_after_seconds: refusal.retryAfterSeconds },
        headers: { 'Retry-After': String(refusal.retryAfterSeconds) },
      });
    case 'QUEUE_FULL':
      return appError(refusal.code, { headers: { 'Retry-After': String(QUEUE_FULL_RETRY_AFTER_SECONDS) } });
    case 'KEY_REVOKED':
    case 'ACCOUNT_DISABLED':
      return appError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': 'Bearer' } });
    case 'UNAVAILABLE':
    case 'LEFT':
      return unavailable(null);
    default:
      return appError(refusal.code);
  }
}
