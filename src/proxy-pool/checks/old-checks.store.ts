/** What is kept of a proxy's history. */
export interface HistoryLimits {
  createdBeforeMs: number;
  maxRounds: number;
  maxRows: number;
}

/** Rounds and times of a proxy rise together: its old rounds are the first ones, and the look-up stops at the first kept. */
const DELETE_OLD = `
  DELETE FROM proxy_checks WHERE (proxy_id, round) IN (
    SELECT old.proxy_id, old.round FROM json_each(?1) AS entry JOIN proxies ON proxies.id = entry.value
    JOIN proxy_checks AS old ON old.proxy_id = proxies.id AND old.round < MAX(proxies.round - ?3, COALESCE(
      (SELECT kept.round FROM proxy_checks AS kept WHERE kept.proxy_id = proxies.id AND kept.created_at > ?2
        ORDER BY kept.round LIMIT 1), proxies.round))
    LIMIT ?4)`;

/** The age of the checks' history. */
export function createOldChecksStore(binding: D1Database) {
  return {
    /** A page of proxies by id. */
    async page(afterId: string, maxItems: number): Promise<string[]> {
      const { results } = await binding
        .prepare('SELECT id FROM proxies WHERE id > ?1 ORDER BY id LIMIT ?2')
        .bind(afterId, maxItems)
        .all<{ id: string }>();
      return results.map(({ id }) => id);
    },

    /** Deletes what these proxies' history has beyond the limits; returns how many rounds, `maxRows` at most. */
    async deleteOld(ids: readonly string[], { createdBeforeMs, maxRounds, maxRows }: HistoryLimits): Promise<number> {
      const statement = binding.prepare(DELETE_OLD).bind(JSON.stringify(ids), createdBeforeMs, maxRounds, maxRows);
      const { meta } = await statement.run();
      return meta.changes;
    },
  };
}

export type OldChecksStore = ReturnType<typeof createOldChecksStore>;
