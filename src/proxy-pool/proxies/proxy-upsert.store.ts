import { utf8 } from '../../platform/bytes.ts';
import { createId } from '../../platform/ids.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import {
  createPasswordSeal,
  createUpsertComparison,
  type UpsertOrigin,
  type UpsertProxy,
} from './upsert-comparison.store.ts';

export { passwordContext } from './upsert-comparison.store.ts';

/** Proxies in one statement: a list of 200,000 takes some 600 statements of the 1,000 that an invocation may run. */
export const MAX_UPSERT_PROXIES = 1_000;
/** A value bound to a statement may have 2 MB. */
const MAX_PARAMETER_BYTES = 1_500_000;
export interface UpsertResult {
  inserted: number;
  /** Ids of those inserted that can be checked, when they were asked for: of a long list only the first are of use. */
  insertedDialableIds: string[];
  rowsWritten: number;
}

const INSERT_RETURNING = `
  INSERT INTO proxies (id, ip, port, protocol, username, password_sealed, country, tags, status, next_check_at,
    pool_number, source_id, first_seen_at, last_seen_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
    CASE WHEN value ->> 8 THEN 'unchecked' ELSE 'unsupported' END, CASE WHEN value ->> 8 THEN ?4 END, ?2, ?3, ?4, ?4
  FROM json_each(?1) WHERE true
  ON CONFLICT (ip, port, protocol) DO NOTHING
  RETURNING id, status`;

const TOUCH_SEEN = 'UPDATE proxies SET last_seen_at = ?2 WHERE id IN (SELECT value FROM json_each(?1))';

/** The same where nobody asks for the ids: of a long list they would fill the memory of a scrape. */
const INSERT_NEW = INSERT_RETURNING.slice(0, INSERT_RETURNING.indexOf('RETURNING'));

/** Before the insertion, in its transaction: how many of these addresses will be new. */
const COUNT_NEW = `
  SELECT COUNT(*) AS fresh FROM json_each(?1) AS entry WHERE NOT EXISTS (SELECT 1 FROM proxies
    WHERE ip = entry.value ->> 0 AND port = entry.value ->> 1 AND protocol = entry.value ->> 2)`;

/** Before the insertion, in its transaction: those of the list that will be new are its source's discoveries. */
const COUNT_DISCOVERED = `
  INSERT INTO source_figures (source_id, discovered, shared) SELECT ?2, fresh, 0 FROM (${COUNT_NEW}) WHERE true
  ON CONFLICT DO UPDATE SET discovered = discovered + excluded.discovered`;

/** Before the mark, in its transaction; a source that is gone has no figures. */
const COUNT_SHARED = `
  INSERT INTO source_figures (source_id, discovered, shared)
  SELECT sources.id, 0, COUNT(*) FROM json_each(?1) AS entry JOIN proxies ON proxies.id = entry.value AND is_shared = 0
    JOIN sources ON sources.id = proxies.source_id GROUP BY sources.id
  ON CONFLICT DO UPDATE SET shared = shared + excluded.shared`;

const MARK_SHARED = 'UPDATE proxies SET is_shared = 1 WHERE is_shared = 0 AND id IN (SELECT value FROM json_each(?1))';

const FILL_COUNTRY = `
  UPDATE proxies SET country = entry.value ->> 1 FROM json_each(?1) AS entry
  WHERE proxies.id = entry.value ->> 0 AND proxies.country IS NULL AND proxies.last_checked_at IS NULL`;

const NEXT_REVISIONS = `UPDATE sequences SET value = value + ?1 WHERE name = 'proxy_revision'`;

/** New credentials mean: of this source from now on, to be checked again at once, and news to a book that knows the proxy. */
const CHANGE_CREDENTIALS = `
  UPDATE proxies SET username = entry.value ->> 1, password_sealed = entry.value ->> 2, source_id = ?2,
    next_check_at = CASE WHEN status = 'unsupported' THEN NULL ELSE ?3 END,
    revision = CASE WHEN revision = 0 THEN 0
      ELSE (SELECT value FROM sequences WHERE name = 'proxy_revision') - entry.key END
  FROM json_each(?1) AS entry WHERE proxies.id = entry.value ->> 0`;

/** Splits rows so that the JSON of each part stays below the limits of a statement. */
function partsOf<Row>(rows: readonly Row[]): string[] {
  const parts: string[] = [];
  let part: string[] = [];
  let partBytes = 0;
  for (const row of rows) {
    const json = JSON.stringify(row);
    const jsonBytes = utf8(json).byteLength + 1;
    if (part.length > 0 && (part.length >= MAX_UPSERT_PROXIES || partBytes + jsonBytes > MAX_PARAMETER_BYTES)) {
      parts.push(`[${part.join()}]`);
      part = [];
      partBytes = 0;
    }
    part.push(json);
    partBytes += jsonBytes;
  }
  if (part.length > 0) parts.push(`[${part.join()}]`);
  return parts;
}

export function createProxyUpsertStore({ binding, secretBox }: { binding: D1Database; secretBox: SecretBox }) {
  const seal = createPasswordSeal(secretBox);
  const compare = createUpsertComparison({ binding, secretBox });

  async function insertRow(entry: UpsertProxy) {
    const id = createId();
    const { ip, port, protocol, username, country } = entry;
    const passwordSealed = await seal(id, entry.password);
    return [
      id,
      ip,
      port,
      protocol,
      username,
      passwordSealed,
      country,
      JSON.stringify(entry.tags),
      entry.isDialable ? 1 : 0,
    ];
  }

  return {
    /**
     * Makes the inventory know these distinct proxies, in a few statements: new ones are inserted and due at once, known
     * ones hardly written (last seen at most daily, a country only while unchecked and unknown, credentials only of the
     * source that they came from, or of one that is gone). At most MAX_UPSERT_PROXIES. One transaction.
     */
    async upsert(
      entries: readonly UpsertProxy[],
      { sourceId, poolNumber, nowMs, wantsIds }: UpsertOrigin & { wantsIds: boolean },
    ): Promise<UpsertResult> {
      const changes = await compare(entries, { sourceId, poolNumber, nowMs });
      const fresh = partsOf(await Promise.all(changes.fresh.map(insertRow)));
      // Addresses alone: whole rows twice would be felt in the memory of a scrape.
      const addresses = partsOf(changes.fresh.map(({ ip, port, protocol }) => [ip, port, protocol]));
      const statements = [
        ...addresses.flatMap((part) => [
          binding.prepare(COUNT_NEW).bind(part),
          binding.prepare(COUNT_DISCOVERED).bind(part, sourceId),
        ]),
        ...fresh.map((part) =>
          binding.prepare(wantsIds ? INSERT_RETURNING : INSERT_NEW).bind(part, poolNumber, sourceId, nowMs),
        ),
        ...partsOf(changes.seenIds).map((part) => binding.prepare(TOUCH_SEEN).bind(part, nowMs)),
        ...partsOf(changes.sharedIds).flatMap((part) => [
          binding.prepare(COUNT_SHARED).bind(part),
          binding.prepare(MARK_SHARED).bind(part),
        ]),
        ...partsOf(changes.countries).map((part) => binding.prepare(FILL_COUNTRY).bind(part)),
        ...partsOf(changes.credentials).flatMap((part) => [
          binding.prepare(NEXT_REVISIONS).bind(changes.credentials.length),
          binding.prepare(CHANGE_CREDENTIALS).bind(part, sourceId, nowMs),
        ]),
      ];
      if (statements.length === 0) return { inserted: 0, insertedDialableIds: [], rowsWritten: 0 };
      const results = await binding.batch<{ fresh?: number; id?: string; status?: string }>(statements);
      const rows = results.flatMap((result) => result.results);
      return {
        inserted: rows.reduce((total, { fresh: count = 0 }) => total + count, 0),
        insertedDialableIds: rows.flatMap(({ id, status }) => (id !== undefined && status === 'unchecked' ? [id] : [])),
        rowsWritten: results.reduce((total, result) => total + result.meta.rows_written, 0),
      };
    },
  };
}

export type ProxyUpsertStore = ReturnType<typeof createProxyUpsertStore>;
