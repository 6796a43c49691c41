import { eq } from 'drizzle-orm';
import type { Database } from './client.ts';
import { retentionWalks } from './platform.tables.ts';

/** How far the walks over long tables have come: a run does a page, the next one goes on there. */
export function createWalksStore(database: Database) {
  return {
    /** The id that a walk goes on after; empty at its beginning. */
    async position(name: string): Promise<string> {
      const [row] = await database.select().from(retentionWalks).where(eq(retentionWalks.name, name));
      return row?.afterId ?? '';
    },

    /** Notes where a walk goes on; empty starts it anew. */
    async moveTo(name: string, afterId: string): Promise<void> {
      await database
        .insert(retentionWalks)
        .values({ name, afterId })
        .onConflictDoUpdate({ target: retentionWalks.name, set: { afterId } });
    },
  };
}

export type WalksStore = ReturnType<typeof createWalksStore>;
