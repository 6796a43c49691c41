import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/db/client.ts';
import type { LifeRow } from './lives.model.ts';

/** A source and how many proxies it brought. */
export interface LeagueRow {
  id: string;
  url: string;
  isActive: number;
  discovered: number;
  shared: number;
}

export interface LeaguePosition {
  discovered: number;
  id: string;
}

const DISCOVERED = sql`COALESCE(figures.discovered, 0)`;

export function createLeagueStore(database: Database) {
  return {
    /** A page of all sources, those with the most discoveries first. */
    page(position: LeaguePosition | null, maxItems: number): Promise<LeagueRow[]> {
      const after =
        position === null
          ? sql`1`
          : sql`(${DISCOVERED} < ${position.discovered} OR (${DISCOVERED} = ${position.discovered} AND sources.id > ${position.id}))`;
      return database.all<LeagueRow>(sql`SELECT sources.id, sources.url, sources.is_active AS isActive,
          ${DISCOVERED} AS discovered, COALESCE(figures.shared, 0) AS shared
        FROM sources LEFT JOIN source_figures AS figures ON figures.source_id = sources.id
        WHERE ${after} ORDER BY 4 DESC, sources.id LIMIT ${maxItems}`);
    },

    /** The life tables of these sources, by source. */
    async lives(sourceIds: readonly string[]): Promise<Map<string, LifeRow[]>> {
      const rows = await database.all<
        LifeRow & { sourceId: string }
      >(sql`SELECT source_id AS sourceId, rung, ended, survived
        FROM source_lives WHERE source_id IN (SELECT value FROM json_each(${JSON.stringify(sourceIds)}))`);
      const bySource = new Map<string, LifeRow[]>();
      for (const { sourceId, ...row } of rows) bySource.set(sourceId, [...(bySource.get(sourceId) ?? []), row]);
      return bySource;
    },

    async total(): Promise<number> {
      const [row] = await database.all<{ total: number }>(sql`SELECT total FROM list_totals WHERE list = 'sources'`);
      return row?.total ?? 0;
    },
  };
}

export type LeagueStore = ReturnType<typeof createLeagueStore>;
