/** A dead proxy, as far as its retention is concerned. */
export interface DeadProxy {
  id: string;
  diedAtMs: number;
}

/** A book that knew the proxy gets its end as a change like any other, with a revision above all that were before. */
const BURY = `
  INSERT INTO deleted_proxies (id, pool_number, ip, port, protocol, revision, deleted_at)
  SELECT proxies.id, pool_number, ip, port, protocol,
    (SELECT value FROM sequences WHERE name = 'proxy_revision') + entry.key + 1, ?2
  FROM json_each(?1) AS entry JOIN proxies ON proxies.id = entry.value
  WHERE proxies.revision > 0 AND status = 'dead' AND died_at <= ?3
  ON CONFLICT DO NOTHING`;

const NEXT_REVISIONS = `UPDATE sequences SET value = value + ?1 WHERE name = 'proxy_revision'`;

const DOOMED = `SELECT id FROM proxies WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'dead' AND died_at <= ?2`;

/** What becomes of proxies that stay dead. */
export function createDeadProxiesStore(binding: D1Database) {
  return {
    /** A page of the dead by id. */
    async page(afterId: string, maxItems: number): Promise<DeadProxy[]> {
      // The dead have no score: by the index of status, score and id this reads the page and nothing else.
      const { results } = await binding
        .prepare(
          `SELECT id, died_at AS diedAtMs FROM proxies
          WHERE status = 'dead' AND score IS NULL AND id > ?1 ORDER BY id LIMIT ?2`,
        )
        .bind(afterId, maxItems)
        .all<DeadProxy>();
      return results;
    },

    /**
     * Deletes those of these proxies that died before `diedBeforeMs` and are dead still, with their history, in one
     * transaction; what a lease book may know of leaves a tombstone. Returns how many.
     */
    async deleteDead(ids: readonly string[], diedBeforeMs: number, nowMs: number): Promise<number> {
      const list = JSON.stringify(ids);
      const results = await binding.batch([
        binding.prepare(BURY).bind(list, nowMs, diedBeforeMs),
        binding.prepare(NEXT_REVISIONS).bind(ids.length),
        binding.prepare(`DELETE FROM proxy_checks WHERE proxy_id IN (${DOOMED})`).bind(list, diedBeforeMs),
        binding.prepare(`DELETE FROM proxies WHERE id IN (${DOOMED}) RETURNING id`).bind(list, diedBeforeMs),
      ]);
      return results.at(-1)?.results.length ?? 0;
    },

    /** Forgets tombstones that every book has long heard of. */
    async forgetTombstones(deletedBeforeMs: number, maxRows: number): Promise<void> {
      const text = `DELETE FROM deleted_proxies WHERE id IN (SELECT id FROM deleted_proxies WHERE deleted_at <= ?1 LIMIT ?2)`;
      await binding.prepare(text).bind(deletedBeforeMs, maxRows).run();
    },
  };
}

export type DeadProxiesStore = ReturnType<typeof createDeadProxiesStore>;
