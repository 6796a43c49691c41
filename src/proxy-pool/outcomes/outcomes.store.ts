import type { Write } from '../../platform/db/writes.ts';
import { MAX_VOICES, type OutcomeVoice } from './outcomes.model.ts';

/** What a session says of a proxy that it names by address. */
export interface Outcome {
  accountId: string;
  ip: string;
  port: number;
  success: boolean;
}

/** The voices of one proxy. */
export type VoicesByProxy = ReadonlyMap<string, readonly OutcomeVoice[]>;

/**
 * Writes down an outcome for the proxies of the inventory at its address, in the transaction of who tells it. It counts
 * only if `onlyIf`, an SQL condition whose parameter is `?5`, holds then.
 */
export function outcomeWrite(outcome: Outcome, onlyIf: readonly [condition: string, parameter: string]): Write {
  const { accountId, ip, port, success } = outcome;
  const [condition, parameter] = onlyIf;
  return [
    `INSERT INTO proxy_outcomes (proxy_id, account_id, successes, failures)
      SELECT id, ?1, ?4, 1 - ?4 FROM proxies WHERE ip = ?2 AND port = ?3 AND status = 'active' AND ${condition}
      ON CONFLICT DO UPDATE SET successes = successes + excluded.successes, failures = failures + excluded.failures`,
    accountId,
    ip,
    port,
    Number(success),
    parameter,
  ];
}

/** Forgets outcomes that a round has heard. What was added meanwhile stays, and is heard in the next one. */
export function forgetWrite(heard: VoicesByProxy): Write {
  const rows = [...heard].flatMap(([proxyId, voices]) => voices.map((voice) => ({ proxyId, ...voice })));
  return [
    `DELETE FROM proxy_outcomes WHERE (proxy_id, account_id, successes, failures) IN (
      SELECT value ->> 'proxyId', value ->> 'accountId', value ->> 'successes', value ->> 'failures' FROM json_each(?1))`,
    JSON.stringify(rows),
  ];
}

const LOAD = `SELECT proxy_id AS proxyId, account_id AS accountId, successes, failures
  FROM json_each(?1) AS asked CROSS JOIN proxy_outcomes AS outcome
    ON outcome.proxy_id = asked.value AND outcome.account_id IN (
      SELECT account_id FROM proxy_outcomes WHERE proxy_id = asked.value ORDER BY account_id LIMIT ${MAX_VOICES})`;

export function createOutcomesStore(binding: D1Database) {
  return {
    /** What was said of these proxies since their last rounds, MAX_VOICES accounts of each at most. */
    async load(proxyIds: readonly string[]): Promise<VoicesByProxy> {
      const { results } = await binding
        .prepare(LOAD)
        .bind(JSON.stringify(proxyIds))
        .all<OutcomeVoice & { proxyId: string }>();
      const voices = new Map<string, OutcomeVoice[]>();
      for (const { proxyId, ...voice } of results) voices.set(proxyId, [...(voices.get(proxyId) ?? []), voice]);
      return voices;
    },
  };
}

export type OutcomesStore = ReturnType<typeof createOutcomesStore>;
