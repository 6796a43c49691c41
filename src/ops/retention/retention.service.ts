import type { WalksStore } from '../../platform/db/walks.store.ts';
import type { OldChecksStore } from '../../proxy-pool/checks/old-checks.store.ts';
import type { DeadProxiesStore } from '../../proxy-pool/proxies/dead-proxies.store.ts';
import { MAX_HISTORY_HOURS } from '../../proxy-pool/stats/stats.schemas.ts';
import type { OldSessionsService } from '../../sessions/old-sessions.service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A proxy that was dead for so long is deleted (contract, "Pool"). */
export const DEAD_KEPT_MS = 7 * DAY_MS;
/** Rounds of checks are kept so long. */
export const CHECKS_KEPT_MS = 30 * DAY_MS;
/** And so many of a proxy: at one every five minutes three and a half days. Else 10,000 proxies would fill a D1 database. */
export const MAX_ROUNDS_KEPT = 1_000;
/** A lease book pulls each minute; one that slept for longer than this has to be rebuilt. */
export const TOMBSTONES_KEPT_MS = 30 * DAY_MS;
/** An invite that was used tells for so long who came by it. */
export const USED_INVITES_KEPT_MS = 30 * DAY_MS;
/** Reports of leases: as long as the rounds of checks that they are read beside. */
export const REPORTS_KEPT_MS = CHECKS_KEPT_MS;
/** Proxied requests, besides the limit of their number: who looks into one does so within days. */
export const REQUESTS_KEPT_MS = 30 * DAY_MS;
/** The counts of a sweep are of use while it runs; a day of them is for people. */
export const SWEEPS_KEPT_MS = DAY_MS;

/** What the checks came to, by minute: charts of a few hours ask for them. */
export const CHECK_MINUTES_KEPT_MS = 2 * DAY_MS;
/** And by hour: as far back as `GET /stats/history` may ask. */
export const CHECK_HOURS_KEPT_MS = MAX_HISTORY_HOURS * 60 * 60 * 1000 + DAY_MS;

/** Dead proxies looked at in a run: 1.4 million a day. */
export const MAX_DEAD_LOOKED_AT = 1_000;
/** And deleted in one, with their history: 144,000 a day, in batches that D1 takes within a second. */
export const MAX_DEAD_DELETED = 100;
/** Proxies whose history is looked at in a run: 288,000 a day. */
export const MAX_HISTORIES_LOOKED_AT = 200;
/** Rows of any kind deleted in a run; what is more waits for the next one, a minute later. */
export const MAX_ROWS_DELETED = 5_000;

interface Dependencies {
  deadProxies: DeadProxiesStore;
  oldChecks: OldChecksStore;
  walks: WalksStore;
  /** Deletes what is older, `maxRows` at most; returns how many. */
  forget: {
    idempotentAnswers(expiredBeforeMs: number, maxRows: number): Promise<number>;
    usedInvites(usedBeforeMs: number, maxRows: number): Promise<number>;
    leaseReports(createdBeforeMs: number, maxRows: number): Promise<number>;
    sweeps(startedBeforeMs: number): Promise<void>;
    checkHistory(ages: { minutesBeforeMs: number; hoursBeforeMs: number }, maxRows: number): Promise<void>;
  };
  requestLog: { forget(startedBeforeMs: number, nowMs: number): Promise<number> };
  oldSessions: OldSessionsService;
}

export interface RetentionSummary {
  proxies: number;
  checkRounds: number;
  idempotentAnswers: number;
  invites: number;
  leaseReports: number;
  proxiedRequests: number;
  sessions: number;
  sessionEvents: number;
  sessionProxies: number;
}

/** Deletes what is past its time. A run is bounded, and a second one at the same moment finds nothing. */
export function createRetention(dependencies: Dependencies) {
  const { deadProxies, oldChecks, walks, forget, requestLog, oldSessions } = dependencies;

  async function deleteDead(nowMs: number): Promise<number> {
    const page = await deadProxies.page(await walks.position('dead_proxies'), MAX_DEAD_LOOKED_AT);
    const diedBeforeMs = nowMs - DEAD_KEPT_MS;
    const doomed = page.filter(({ diedAtMs }) => diedAtMs <= diedBeforeMs).slice(0, MAX_DEAD_DELETED);
    const isCut = doomed.length === MAX_DEAD_DELETED;
    const last = isCut ? doomed.at(-1) : page.at(-1);
    const deleted =
      doomed.length === 0
        ? 0
        : await deadProxies.deleteDead(
            doomed.map(({ id }) => id),
            diedBeforeMs,
            nowMs,
          );
    const isThrough = !isCut && page.length < MAX_DEAD_LOOKED_AT;
    await walks.moveTo('dead_proxies', isThrough ? '' : (last?.id ?? ''));
    return deleted;
  }

  async function deleteChecks(nowMs: number): Promise<number> {
    const page = await oldChecks.page(await walks.position('proxy_checks'), MAX_HISTORIES_LOOKED_AT);
    const limits = {
      createdBeforeMs: nowMs - CHECKS_KEPT_MS,
      maxRounds: MAX_ROUNDS_KEPT,
      maxRows: MAX_ROWS_DELETED,
    };
    const deleted = page.length === 0 ? 0 : await oldChecks.deleteOld(page, limits);
    // A page that is not done yet is looked at again.
    if (deleted < MAX_ROWS_DELETED) {
      const isThrough = page.length < MAX_HISTORIES_LOOKED_AT;
      await walks.moveTo('proxy_checks', isThrough ? '' : (page.at(-1) ?? ''));
    }
    return deleted;
  }

  return {
    /** One bounded run. */
    async run(nowMs: number): Promise<RetentionSummary> {
      const proxies = await deleteDead(nowMs);
      const checkRounds = await deleteChecks(nowMs);
      await deadProxies.forgetTombstones(nowMs - TOMBSTONES_KEPT_MS, MAX_ROWS_DELETED);
      await forget.sweeps(nowMs - SWEEPS_KEPT_MS);
      const { sessions, events: sessionEvents, proxies: sessionProxies } = await oldSessions.deleteOld(nowMs);
      const ages = { minutesBeforeMs: nowMs - CHECK_MINUTES_KEPT_MS, hoursBeforeMs: nowMs - CHECK_HOURS_KEPT_MS };
      await forget.checkHistory(ages, MAX_ROWS_DELETED);
      return {
        proxies,
        checkRounds,
        idempotentAnswers: await forget.idempotentAnswers(nowMs, MAX_ROWS_DELETED),
        invites: await forget.usedInvites(nowMs - USED_INVITES_KEPT_MS, MAX_ROWS_DELETED),
        leaseReports: await forget.leaseReports(nowMs - REPORTS_KEPT_MS, MAX_ROWS_DELETED),
        proxiedRequests: await requestLog.forget(nowMs - REQUESTS_KEPT_MS, nowMs),
        sessions,
        sessionEvents,
        sessionProxies,
      };
    },
  };
}

export type Retention = ReturnType<typeof createRetention>;
