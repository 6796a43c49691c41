import type { Caller } from '../accounts/actor.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, isForeignKeyViolation, isUniqueViolation } from '../platform/db/client.ts';
import { createOnce } from '../platform/db/idempotent-create.ts';
import { type AppError, appError } from '../platform/errors/app-error.ts';
import type { Idempotency } from '../platform/http/idempotency.ts';
import type { ClientsService } from './clients/clients.service.ts';
import type { PartsStore } from './parts.store.ts';

/** Of each kind in a client, and of rules on one part: a list is one answer, and all rules of a proxy are compiled. */
export const MAX_PARTS = 100;

interface PartRow {
  id: string;
  clientId: string;
  createdAtMs: number;
  updatedAtMs: number;
}

/** What is particular to one kind of part. */
export interface PartKind<Row extends PartRow, Input, Change, View> {
  /** As in `There is no such proxy.` */
  name: string;
  /** The new row, judged. */
  newRow(input: Input, clientId: string, nowMs: number, caller: Caller): Promise<Row>;
  /** What of the row changes, judged. */
  updateFor(row: Row, change: Change, caller: Caller): Promise<Partial<Row>>;
  render(row: Row, accountId: string): View;
}

interface Dependencies {
  database: Database;
  clients: ClientsService;
  clock: Clock;
}

/** `pKey`, `sKey` and the rest of what every part says of itself. */
export function identityOf(row: { id: string; clientId: string }, accountId: string, parentId = row.clientId) {
  return { pKey: row.clientId, sKey: row.id, userId: accountId, clientId: row.clientId, parentId };
}

function conflictOf(error: unknown): AppError | null {
  if (isUniqueViolation(error, 'gateway_proxies.alias')) return appError('ALIAS_TAKEN');
  // What it names was deleted between our look and our write.
  if (isForeignKeyViolation(error)) return appError('UNKNOWN_PART');
  return null;
}

/** The verbs on one kind of part of a client. Clients and parts of others are `NOT_FOUND`. */
export function createPartsService<Row extends PartRow, Input, Change, View>(
  kind: PartKind<Row, Input, Change, View>,
  store: PartsStore<Row>,
  { database, clients, clock }: Dependencies,
) {
  const missing = () => appError('NOT_FOUND', { message: `There is no such ${kind.name}.` });
  async function requirePart(clientId: string, id: string): Promise<Row> {
    const row = await store.find(clientId, id);
    if (!row) throw missing();
    return row;
  }
  return {
    async list(clientId: string, caller: Caller): Promise<View[]> {
      await clients.requireClient(clientId, caller);
      return (await store.list(clientId)).map((row) => kind.render(row, caller.accountId));
    },

    async get(clientId: string, id: string, caller: Caller): Promise<View> {
      await clients.requireClient(clientId, caller);
      return kind.render(await requirePart(clientId, id), caller.accountId);
    },

    /** Throws `TOO_MANY`, and what the kind's own rules throw. */
    async create(clientId: string, input: Input, caller: Caller, idempotency: Idempotency | null) {
      await clients.requireClient(clientId, caller);
      const nowMs = clock.nowMs();
      const prepare = async () => {
        if ((await store.count(clientId)) >= MAX_PARTS) {
          throw appError('TOO_MANY', { message: `There may be ${MAX_PARTS} of these at most.` });
        }
        const row = await kind.newRow(input, clientId, nowMs, caller);
        return { body: kind.render(row, caller.accountId), writes: [store.insertion(row)] satisfies [unknown] };
      };
      try {
        return await createOnce({ database, accountId: caller.accountId, idempotency, nowMs, status: 201, prepare });
      } catch (error) {
        throw conflictOf(error) ?? error;
      }
    },

    /** Changes what is named and nothing else. */
    async change(clientId: string, id: string, change: Change, caller: Caller): Promise<View> {
      await clients.requireClient(clientId, caller);
      const update = await kind.updateFor(await requirePart(clientId, id), change, caller);
      try {
        const row = await store.update(clientId, id, { ...update, updatedAtMs: clock.nowMs() });
        if (!row) throw missing();
        return kind.render(row, caller.accountId);
      } catch (error) {
        throw conflictOf(error) ?? error;
      }
    },

    /** Throws `IN_USE` while a proxy is made of it. Its rules go with it. */
    async remove(clientId: string, id: string, caller: Caller): Promise<void> {
      await clients.requireClient(clientId, caller);
      try {
        if (!(await store.delete(clientId, id))) throw missing();
      } catch (error) {
        if (!isForeignKeyViolation(error)) throw error;
        throw appError('IN_USE', { message: `A proxy uses this ${kind.name}; delete or change the proxy first.` });
      }
    },
  };
}
