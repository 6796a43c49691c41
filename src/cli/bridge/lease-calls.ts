import type { AcquiredLease, ReportedLease } from '../api/api.types.ts';
import type { ApiClient } from '../api/client.ts';
import { CliError } from '../cli-error.ts';
import { type TellBridge, upstreamName } from './bridge-log.ts';
import type { HeldLease } from './held-lease.model.ts';
import type { LeaseShelf } from './lease-shelf.ts';
import type { Purse } from './purse.ts';

/** Three tries of it are what an end may take. */
const RELEASE_WITHIN_MS = 10_000;
const MAX_RELEASE_TRIES = 3;
const RELEASE_PAUSE_MS = 1_000;
/** A renewal that was not possible is tried again so much later, as long as the lease lives. */
const RENEW_AGAIN_AFTER_MS = 5_000;

export interface LeaseCallParts {
  api: ApiClient;
  leaseSeconds: number;
  shelf: LeaseShelf;
  purse: Purse;
  tell: TellBridge;
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const reasonOf = (error: unknown) => (error instanceof CliError ? error.message : 'no answer');
/** It has ended already, by itself or by a report. */
const isOver = (error: unknown) =>
  error instanceof CliError && (error.exit === 'CONFLICT' || error.exit === 'NOT_FOUND');

/** What becomes of a held lease through the API; each of these settles, and says what came of it. */
export function createLeaseCalls({ api, leaseSeconds, shelf, purse, tell }: LeaseCallParts) {
  async function release(lease: HeldLease): Promise<void> {
    shelf.forget(lease);
    const about = { lease_id: lease.id, proxy_id: lease.proxyId };
    for (let tries = 1; tries <= MAX_RELEASE_TRIES; tries += 1) {
      try {
        await api.ask('POST', `/proxies/acquire/${lease.id}/release`, { withinMs: RELEASE_WITHIN_MS });
        return tell({ event: 'released', message: upstreamName(lease), ...about });
      } catch (error) {
        if (isOver(error)) return;
        await wait(RELEASE_PAUSE_MS);
      }
    }
    const end = new Date(lease.expiresAtMs).toISOString();
    tell({ event: 'unanswered', message: `${upstreamName(lease)} could not be given back; it ends ${end}`, ...about });
  }

  async function renew(lease: HeldLease): Promise<void> {
    lease.isRenewing = true;
    lease.isInUse = false;
    const body = { lease_duration_seconds: leaseSeconds };
    try {
      const answer = await purse.pay(() => api.spend<AcquiredLease>(`/proxies/acquire/${lease.id}/renew`, body));
      lease.expiresAtMs = Date.parse(answer.expires_at);
      const credits = answer.credits_remaining;
      const message = `${upstreamName(lease)} until ${answer.expires_at}; ${credits} credits left`;
      tell({ event: 'renewed', message, lease_id: lease.id, credits_remaining: credits });
    } catch (error) {
      tell({
        event: 'unanswered',
        message: `${upstreamName(lease)} is not renewed: ${reasonOf(error)}`,
        lease_id: lease.id,
      });
      if (isOver(error)) return shelf.forget(lease);
      lease.isInUse = true;
      await wait(RENEW_AGAIN_AFTER_MS);
    } finally {
      lease.isRenewing = false;
    }
  }

  async function report(lease: HeldLease, target: string): Promise<void> {
    try {
      const body = { outcome: 'dead', target };
      const answer = await api.spend<ReportedLease>(`/proxies/acquire/${lease.id}/report`, body);
      if (answer.refunded) {
        purse.refund();
        const credits = answer.credits_remaining;
        const message = `${upstreamName(lease)}: our checks agree, its credit came back; ${credits} credits left`;
        tell({ event: 'ended', message, lease_id: lease.id, credits_remaining: credits });
        return shelf.forget(lease);
      }
    } catch {
      // Given back it is all the same.
    }
    await release(lease);
  }

  return { release, renew, report };
}
