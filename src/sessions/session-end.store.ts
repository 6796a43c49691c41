import { prepareWrite, type Write } from '../platform/db/writes.ts';
import { outcomeWrite } from '../proxy-pool/outcomes/outcomes.store.ts';
import { DISABLED_MS, FAILURES_TO_DISABLE } from './proxy-health.model.ts';
import { activeCountOf } from './sessions.store.ts';

export interface EndedSession {
  accountId: string;
  sessionId: string;
  success: boolean;
  /** Null: from its start until now. */
  durationSeconds: number | null;
  error: string | null;
  endedAtMs: number;
  /** The address that its proxy is named by, if it is. */
  address: { ip: string; port: number } | null;
}

/** The session if it is still active, with how long it took; `?1` account, `?2` session, `?3` now, `?4` duration. */
const STILL_ACTIVE = `
  SELECT *, COALESCE(?4, MAX(?3 - started_at, 0) / 1000.0) AS took FROM sessions
  WHERE account_id = ?1 AND session_id = ?2 AND status = 'active'`;

/** For a statement whose `?1` is the account, and `?5` the session. */
const IS_ACTIVE = `EXISTS (SELECT 1 FROM sessions WHERE account_id = ?1 AND session_id = ?5 AND status = 'active')`;

const WAS_DISABLED = 'disabled_until > ?3';
const DISABLES = `excluded.successes = 0 AND failed_in_row + 1 >= ${FAILURES_TO_DISABLE}`;

/** `afterOutcome` of proxy-health.model.ts as one statement, so that ends at the same time can't miss each other. */
const COUNT_OUTCOME = `
  INSERT INTO session_proxies (account_id, proxy, uses, successes, success_us, failed_in_row, last_used_at, country)
  SELECT account_id, proxy, 1, ?5, iif(?5, CAST(ROUND(took * 1000000) AS INTEGER), 0), 1 - ?5, ?3, country
  FROM (${STILL_ACTIVE}) WHERE proxy IS NOT NULL
  ON CONFLICT DO UPDATE SET
    uses = uses + 1, successes = successes + excluded.successes, success_us = success_us + excluded.success_us,
    failed_in_row = iif(${WAS_DISABLED} OR excluded.successes = 1 OR (${DISABLES}), 0, failed_in_row + 1),
    disabled_until = CASE WHEN ${WAS_DISABLED} THEN disabled_until WHEN ${DISABLES} THEN ?3 + ${DISABLED_MS} END,
    last_used_at = MAX(last_used_at, excluded.last_used_at)`;

const END = `
  UPDATE sessions SET status = iif(?5, 'completed', 'failed'), ended_at = ?3, error = ?6,
    duration = COALESCE(?4, MAX(?3 - started_at, 0) / 1000.0)
  WHERE account_id = ?1 AND session_id = ?2 AND status = 'active'
  RETURNING proxy, duration`;

export interface EndResult {
  proxy: string | null;
  durationSeconds: number;
  activeCount: number;
}

interface ReturnedRow {
  proxy: string | null;
  duration: number;
  active: number;
}

export function createSessionEndStore(binding: D1Database) {
  return {
    /** Ends a session and counts it, all in one transaction; null when it is not there or has ended. */
    async end(session: EndedSession): Promise<EndResult | null> {
      const { accountId, sessionId, success, durationSeconds, error, endedAtMs, address } = session;
      const outcome = [accountId, sessionId, endedAtMs, durationSeconds, Number(success)] as const;
      // What counts it comes first: it looks for a session that is still active.
      const writes: Write[] = [
        [COUNT_OUTCOME, ...outcome],
        ...(address ? [outcomeWrite({ accountId, ...address, success }, [IS_ACTIVE, sessionId])] : []),
        [END, ...outcome, error],
        [`SELECT ${activeCountOf('?1')} AS active`, accountId],
      ];
      const results = await binding.batch<ReturnedRow>(writes.map((write) => prepareWrite(binding, write)));
      const [ended] = results.at(-2)?.results ?? [];
      if (!ended) return null;
      const { proxy, duration } = ended;
      return { proxy, durationSeconds: duration, activeCount: results.at(-1)?.results[0]?.active ?? 0 };
    },
  };
}

export type SessionEndStore = ReturnType<typeof createSessionEndStore>;
