import type { Caller } from '../accounts/actor.ts';
import { type Database, isUniqueViolation } from '../platform/db/client.ts';
import { createOnce } from '../platform/db/idempotent-create.ts';
import { appError } from '../platform/errors/app-error.ts';
import type { Idempotency } from '../platform/http/idempotency.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../platform/http/pagination.ts';
import { notifierKinds } from '../plugins/notifiers/notifier.registry.ts';
import { isHealthy } from './deliveries.model.ts';
import { createNotifierChanges, type NotifierChangeDependencies } from './notifier-changes.ts';
import { renderNotifier } from './notifier-row.ts';
import type { NewNotifier, NotifierChange, NotifierPage, NotifierRow } from './notifiers.types.ts';

interface Dependencies extends NotifierChangeDependencies {
  database: Database;
}

export function createNotifiersService({ database, store, secrets, policy, clock }: Dependencies) {
  async function requireNotifier(notifierId: string): Promise<NotifierRow> {
    const row = await store.find(notifierId);
    if (!row) throw appError('NOT_FOUND', { message: 'There is no such notifier.' });
    return row;
  }

  const { newRow, updateFor } = createNotifierChanges({ store, secrets, policy, clock });

  const refuseTakenName = (error: unknown) =>
    isUniqueViolation(error, 'notifiers.name') ? appError('NOTIFIER_EXISTS') : error;

  return {
    requireNotifier,

    async list(page: NotifierPage) {
      const list = await listIdentity('notifiers', page);
      const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor, 1)[0];
      const { items, total } = await store.list({ limit: page.limit + 1, afterId: after?.toString() ?? null });
      const shown = items.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        items: shown.map((row) => renderNotifier(row, clock.nowMs())),
        next_cursor: items.length > page.limit && last ? encodeCursor(list, [last.id]) : null,
        total_count: total,
      };
    },

    async get(notifierId: string) {
      return renderNotifier(await requireNotifier(notifierId), clock.nowMs());
    },

    /** Throws `ADDRESS_NOT_ALLOWED`, `NOTIFIER_EXISTS`, `TOO_MANY_NOTIFIERS`. */
    async create(input: NewNotifier, caller: Caller, idempotency: Idempotency | null) {
      try {
        return await createOnce({
          database,
          accountId: caller.accountId,
          idempotency,
          nowMs: clock.nowMs(),
          status: 201,
          prepare: async () => {
            const row = await newRow(input);
            return { body: renderNotifier(row, clock.nowMs()), writes: [store.insertion(row)] };
          },
        });
      } catch (error) {
        throw refuseTakenName(error);
      }
    },

    /** Changes what is named and nothing else; throws as `create` does, and `VALIDATION_ERROR` for what its kind refuses. */
    async change(notifierId: string, change: NotifierChange) {
      const row = await requireNotifier(notifierId);
      const update = await updateFor(row, change);
      if (Object.keys(update).length === 0) return renderNotifier(row, clock.nowMs());
      try {
        const updated = await store.update(notifierId, { ...update, updatedAtMs: clock.nowMs() });
        return renderNotifier(updated ?? (await requireNotifier(notifierId)), clock.nowMs());
      } catch (error) {
        throw refuseTakenName(error);
      }
    },

    /** Removes a notifier with all its deliveries. */
    async remove(notifierId: string): Promise<void> {
      if (!(await store.delete(notifierId))) throw appError('NOT_FOUND', { message: 'There is no such notifier.' });
    },

    /** Kind by kind: healthy when it has an active receiver and all of these are; the events that any of them wants. */
    async plugins() {
      const summaries = await store.summaries();
      return Object.values(notifierKinds).map(({ name }) => {
        const summary = summaries.find(({ kind }) => kind === name);
        return {
          name,
          healthy: summary !== undefined && isHealthy({ isActive: true, consecutiveFailures: summary.mostFailures }),
          subscribes_to: [...new Set(summary?.events)].sort(),
        };
      });
    },
  };
}

export type NotifiersService = ReturnType<typeof createNotifiersService>;
