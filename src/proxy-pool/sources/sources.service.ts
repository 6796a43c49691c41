import { allows, type Caller } from '../../accounts/actor.ts';
import { type Database, isUniqueViolation } from '../../platform/db/client.ts';
import { createOnce } from '../../platform/db/idempotent-create.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../../platform/http/pagination.ts';
import { DEFAULT_POOL } from '../pools/pools.types.ts';
import { createSourceChanges, type SourceChangeDependencies } from './source-changes.ts';
import { renderSource } from './source-row.ts';
import type { SourceRow } from './sources.store.ts';
import type { NewSource, SourceChange, SourcePage } from './sources.types.ts';

interface Dependencies extends SourceChangeDependencies {
  database: Database;
}

export function createSourcesService({ database, store, pools, secretBox, policy, clock }: Dependencies) {
  async function requireSource(sourceId: string): Promise<SourceRow> {
    const source = await store.find(sourceId);
    if (!source) throw appError('NOT_FOUND', { message: 'There is no such source.' });
    return source;
  }

  const { newRow, updateFor } = createSourceChanges({ store, pools, secretBox, policy, clock });

  async function render(source: SourceRow, caller: Caller) {
    const pool = (await pools.nameOf(source.poolNumber)) ?? DEFAULT_POOL;
    return renderSource(source, pool, allows(caller, 'write'));
  }

  return {
    async list(page: SourcePage, caller: Caller) {
      const list = await listIdentity('sources', page);
      const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor, 1)[0];
      const afterId = after?.toString() ?? null;
      const { items, total } = await store.list({ isActive: page.is_active, limit: page.limit + 1, afterId });
      const shown = items.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        items: await Promise.all(shown.map((source) => render(source, caller))),
        next_cursor: items.length > page.limit && last ? encodeCursor(list, [last.id]) : null,
        total_count: total,
      };
    },

    async get(sourceId: string, caller: Caller) {
      return render(await requireSource(sourceId), caller);
    },

    /** Throws `ADDRESS_NOT_ALLOWED`, `UNKNOWN_PARSER`, `NO_PARSER`, `SOURCE_EXISTS`, `TOO_MANY_POOLS`. */
    async create(input: NewSource, caller: Caller, idempotency: Idempotency | null) {
      try {
        return await createOnce({
          database,
          accountId: caller.accountId,
          idempotency,
          nowMs: clock.nowMs(),
          status: 201,
          prepare: async () => {
            const row = await newRow(input);
            return { body: await render(row, caller), writes: [store.insertion(row)] };
          },
        });
      } catch (error) {
        throw isUniqueViolation(error, 'sources.url') ? appError('SOURCE_EXISTS') : error;
      }
    },

    /** Changes what is named and nothing else; throws as `create` does. */
    async change(sourceId: string, change: SourceChange, caller: Caller) {
      const source = await requireSource(sourceId);
      const update = await updateFor(source, change);
      if (Object.keys(update).length === 0) return render(source, caller);
      try {
        const updated = await store.update(sourceId, { ...update, updatedAtMs: clock.nowMs() });
        return await render(updated ?? (await requireSource(sourceId)), caller);
      } catch (error) {
        throw isUniqueViolation(error, 'sources.url') ? appError('SOURCE_EXISTS') : error;
      }
    },

    /** Removes a source; its proxies stay. */
    async remove(sourceId: string): Promise<void> {
      if (!(await store.delete(sourceId))) throw appError('NOT_FOUND', { message: 'There is no such source.' });
    },

    requireSource,
  };
}

export type SourcesService = ReturnType<typeof createSourcesService>;
