import type { Caller } from '../../accounts/actor.ts';
import { type Clock, toTimestamp } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/client.ts';
import { createOnce } from '../../platform/db/idempotent-create.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Idempotency } from '../../platform/http/idempotency.ts';
import { createId } from '../../platform/ids.ts';
import type { ClientRow } from '../gateway.tables.ts';
import type { ClientsStore } from './clients.store.ts';

/** Clients part an account's applications or stages; their list is one answer. */
export const MAX_CLIENTS = 100;

interface Dependencies {
  database: Database;
  store: ClientsStore;
  clock: Clock;
}

function render(row: ClientRow) {
  return {
    pKey: row.id,
    sKey: row.id,
    userId: row.accountId,
    clientId: row.id,
    clientName: row.name,
    clientCreatedAt: toTimestamp(row.createdAtMs),
    clientUpdatedAt: toTimestamp(row.updatedAtMs),
  };
}

export function createClientsService({ database, store, clock }: Dependencies) {
  const missing = () => appError('NOT_FOUND', { message: 'There is no such client.' });
  async function requireClient(clientId: string, caller: Caller): Promise<ClientRow> {
    const row = await store.find(caller.accountId, clientId);
    if (!row) throw missing();
    return row;
  }
  return {
    /** The caller's own client; `NOT_FOUND` for anybody else's. */
    requireClient,

    list: async (caller: Caller) => (await store.list(caller.accountId)).map(render),

    get: async (clientId: string, caller: Caller) => render(await requireClient(clientId, caller)),

    async create({ clientName }: { clientName: string }, caller: Caller, idempotency: Idempotency | null) {
      const { accountId } = caller;
      const nowMs = clock.nowMs();
      const prepare = async () => {
        if ((await store.count(accountId)) >= MAX_CLIENTS) {
          throw appError('TOO_MANY', { message: `An account may have ${MAX_CLIENTS} clients at most.` });
        }
        const row = { id: createId(), accountId, name: clientName, createdAtMs: nowMs, updatedAtMs: nowMs };
        return { body: render(row), writes: [store.insertion(row)] satisfies [unknown] };
      };
      return createOnce({ database, accountId, idempotency, nowMs, status: 201, prepare });
    },

    async change(clientId: string, { clientName }: { clientName?: string | undefined }, caller: Caller) {
      const name = clientName === undefined ? {} : { name: clientName };
      const row = await store.update(caller.accountId, clientId, { ...name, updatedAtMs: clock.nowMs() });
      if (!row) throw missing();
      return render(row);
    },

    /** Throws `DEFAULT_CLIENT` for the account's first one and `IN_USE` for one that holds anything. */
    async remove(clientId: string, caller: Caller): Promise<void> {
      const row = await requireClient(clientId, caller);
      if (row.id === row.accountId) throw appError('DEFAULT_CLIENT');
      if (await store.deleteEmpty(caller.accountId, clientId)) return;
      throw appError('IN_USE', { message: 'Delete what is in this client first.' });
    },
  };
}

export type ClientsService = ReturnType<typeof createClientsService>;
