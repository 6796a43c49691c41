import type { WalksStore } from '../platform/db/walks.store.ts';
import { MAX_DURATION_SECONDS } from './limits.ts';
import type { AgedSession, NamedProxy, OldSessionsStore } from './old-sessions.store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A session is kept so long after its end, with its events, and a proxy after its last session: a quarter to look back. */
export const SESSIONS_KEPT_MS = 90 * DAY_MS;
/** One that nobody ended is given up after the longest that any may take. */
export const ABANDONED_AFTER_MS = MAX_DURATION_SECONDS * 1_000;

/** Sessions looked at in a run, and deleted at most: 720,000 a day. */
export const MAX_SESSIONS_PER_RUN = 500;
/** Events deleted in a run: 7.2 million a day, in a transaction that D1 takes within a second. */
export const MAX_EVENTS_PER_RUN = 5_000;
/** Proxies looked at in a run: 1.4 million a day. */
export const MAX_PROXIES_PER_RUN = 1_000;

interface Dependencies {
  store: OldSessionsStore;
  walks: WalksStore;
}

/** Between the two halves of a position in the walk over proxies; no id of an account has it. */
const SEPARATOR = '\n';

function isOld({ startedAtMs, endedAtMs }: AgedSession, nowMs: number): boolean {
  return endedAtMs === null ? startedAtMs <= nowMs - ABANDONED_AFTER_MS : endedAtMs <= nowMs - SESSIONS_KEPT_MS;
}

/** Deletes sessions that are long over, a bounded part of them in each run. */
export function createOldSessionsService({ store, walks }: Dependencies) {
  async function deleteSessions(nowMs: number): Promise<{ sessions: number; events: number }> {
    const page = await store.page(Number(await walks.position('sessions')), MAX_SESSIONS_PER_RUN);
    const doomed = page.filter((session) => isOld(session, nowMs)).map(({ number }) => number);
    const deleted = doomed.length === 0 ? { sessions: 0, events: 0 } : await store.delete(doomed, MAX_EVENTS_PER_RUN);
    // A page that has events left is looked at again.
    if (deleted.sessions < doomed.length) return deleted;
    const last = page.at(-1);
    // Numbers follow the registrations: behind one that is too young to have ended long ago all are.
    const isThrough = page.length < MAX_SESSIONS_PER_RUN || !last || last.startedAtMs > nowMs - SESSIONS_KEPT_MS;
    await walks.moveTo('sessions', isThrough ? '' : String(last.number));
    return deleted;
  }

  async function deleteProxies(nowMs: number): Promise<number> {
    const [accountId = '', proxy = ''] = (await walks.position('session_proxies')).split(SEPARATOR);
    const page = await store.proxiesPage({ accountId, proxy }, MAX_PROXIES_PER_RUN);
    const usedBeforeMs = nowMs - SESSIONS_KEPT_MS;
    const doomed = page
      .filter(({ lastUsedAtMs }) => lastUsedAtMs <= usedBeforeMs)
      .map((named): NamedProxy => ({ accountId: named.accountId, proxy: named.proxy }));
    const deleted = doomed.length === 0 ? 0 : await store.deleteProxies(doomed, usedBeforeMs);
    const last = page.length < MAX_PROXIES_PER_RUN ? undefined : page.at(-1);
    await walks.moveTo('session_proxies', last ? [last.accountId, last.proxy].join(SEPARATOR) : '');
    return deleted;
  }

  return {
    /** One bounded run. */
    async deleteOld(nowMs: number) {
      return { ...(await deleteSessions(nowMs)), proxies: await deleteProxies(nowMs) };
    },
  };
}

export type OldSessionsService = ReturnType<typeof createOldSessionsService>;
