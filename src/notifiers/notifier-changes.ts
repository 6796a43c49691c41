import type { Clock } from '../platform/clock.ts';
import { appError } from '../platform/errors/app-error.ts';
import { createId } from '../platform/ids.ts';
import type { AddressPolicy } from '../platform/net/public-url.ts';
import { findNotifierKind } from '../plugins/notifiers/notifier.registry.ts';
import type { Notifier } from '../plugins/notifiers/notifier.types.ts';
import type { NotifierSecrets } from './notifier-secret.ts';
import type { NotifiersStore, NotifierUpdate } from './notifiers.store.ts';
import type { NewNotifier, NotifierChange, NotifierRow } from './notifiers.types.ts';

/** Every event is matched with each of them, and each may cost a delivery. */
export const MAX_NOTIFIERS = 100;

export interface NotifierChangeDependencies {
  store: NotifiersStore;
  secrets: NotifierSecrets;
  policy: AddressPolicy;
  clock: Clock;
}

/** The plugin behind a row. Rows are made by plugins that exist; one that was taken out since is an error of deployment. */
export function kindOf(row: Pick<NotifierRow, 'kind'>): Notifier {
  const kind = findNotifierKind(row.kind);
  if (!kind) throw new Error(`there is no notifier of the kind ${row.kind}`);
  return kind;
}

interface Validator<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };
}

/** What a change says, judged by the kind that its row has. */
function validated<T>(field: string, schema: Validator<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: [field, ...path].join('.'), message }));
  throw appError('VALIDATION_ERROR', { details: { issues } });
}

const toRecord = (settings: unknown): Record<string, unknown> => ({ ...Object(settings) });

/** Turns what admins ask for into rows: judged by their kind, secrets encrypted. */
export function createNotifierChanges({ store, secrets, policy, clock }: NotifierChangeDependencies) {
  async function newRow(input: NewNotifier): Promise<NotifierRow> {
    const kind = kindOf(input);
    await kind.assertAllowed(input.settings, input.secret !== undefined, policy);
    if ((await store.count()) >= MAX_NOTIFIERS) {
      throw appError('TOO_MANY_NOTIFIERS', { details: { limit: MAX_NOTIFIERS } });
    }
    const id = createId();
    const nowMs = clock.nowMs();
    const noSecret = { secretSealed: null, previousSecretUntilMs: null };
    return {
      id,
      name: input.name,
      kind: kind.name,
      settings: toRecord(input.settings),
      ...(input.secret === undefined ? noSecret : await secrets.seal(id, input.secret)),
      events: input.events,
      isActive: input.is_active,
      disabledReason: null,
      consecutiveFailures: 0,
      lastDeliveredAtMs: null,
      lastFailedAtMs: null,
      lastError: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
  }

  async function secretColumns(row: NotifierRow, kind: Notifier, secret: string | undefined, isMoved: boolean) {
    if (secret === undefined) return isMoved ? { secretSealed: null, previousSecretUntilMs: null } : {};
    const next = validated('secret', kind.secretSchema, secret);
    return kind.rotatesSecret ? secrets.rotate(row, next, clock.nowMs()) : secrets.seal(row.id, next);
  }

  async function updateFor(row: NotifierRow, change: NotifierChange): Promise<NotifierUpdate> {
    const kind = kindOf(row);
    const update: NotifierUpdate = {};
    let isMoved = false;
    if (change.settings !== undefined) {
      const settings = validated('settings', kind.settingsSchema, change.settings);
      isMoved = kind.secretGoesTo(settings) !== kind.secretGoesTo(row.settings);
      update.settings = toRecord(settings);
    }
    Object.assign(update, await secretColumns(row, kind, change.secret, isMoved));
    const secretSealed = update.secretSealed === undefined ? row.secretSealed : update.secretSealed;
    if (change.settings !== undefined || change.secret !== undefined) {
      await kind.assertAllowed(update.settings ?? row.settings, secretSealed !== null, policy);
    }
    if (change.name !== undefined) update.name = change.name;
    if (change.events !== undefined) update.events = change.events;
    if (change.is_active !== undefined) update.isActive = change.is_active;
    // Whoever switches it on, or sends it elsewhere, begins with a clean record.
    if (change.is_active === true || change.settings !== undefined) {
      Object.assign(update, { disabledReason: null, consecutiveFailures: 0, lastError: null });
    }
    return update;
  }

  return { newRow, updateFor };
}
