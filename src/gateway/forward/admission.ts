import { AppError } from '../../platform/errors/app-error.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import { judgedPath } from '../rules/judged-path.model.ts';
import type { GatewayCall } from './exchange.ts';
import { denied } from './refusals.ts';
import { shownCredentials } from './shown-credential.model.ts';
import type { Snapshot } from './snapshot.client.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function assertCredential({ callerCredential, expected }: Snapshot, headers: Headers, query: URLSearchParams) {
  const shown = shownCredentials(callerCredential.reveal(), headers, query);
  const matches = shown.map((text) => expected.equals(text));
  if (!matches.includes(true)) throw denied('UNAUTHORIZED', 'The credential of this proxy is missing or wrong.');
}

function assertRules(snapshot: Snapshot, request: Request, path: string, query: URLSearchParams): void {
  const { method, headers } = request;
  const { allowed } = snapshot.judge({ method, path: judgedPath(path), headers, query });
  if (!allowed) throw denied('RULE_DENIED', 'The rules of this proxy do not allow this request.');
}

async function countCall(rateLimiter: RateLimiter, snapshot: Snapshot): Promise<void> {
  // In this order: what the minute refuses takes nothing from the day.
  const limits = [
    { name: 'gateway-minute', maxHits: snapshot.maxRequestsPerMinute, windowMs: MINUTE_MS, per: 'a minute' },
    { name: 'gateway-day', maxHits: snapshot.maxRequestsPerDay, windowMs: DAY_MS, per: 'a day' },
  ];
  for (const { name, maxHits, windowMs, per } of limits) {
    if (maxHits === null) continue;
    try {
      await rateLimiter.enforce({ name, maxHits, windowMs }, snapshot.proxyId);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
      throw denied('RATE_LIMITED', `Too many requests: this proxy takes ${maxHits} ${per}.`, error.headers);
    }
  }
}

/** Who may go on. The order of refusals is the contract's: credential 401, inactive 403, rules 403, limits 429. */
export async function admit(
  request: Request,
  call: GatewayCall,
  snapshot: Snapshot,
  rateLimiter: RateLimiter,
): Promise<void> {
  const query = new URLSearchParams(call.query);
  assertCredential(snapshot, request.headers, query);
  if (!snapshot.isActive) throw denied('PROXY_INACTIVE', 'This proxy is not active.');
  assertRules(snapshot, request, call.path, query);
  await countCall(rateLimiter, snapshot);
}
