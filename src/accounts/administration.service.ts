import { sha256Hex } from '../platform/bytes.ts';
import type { Clock } from '../platform/clock.ts';
import { appError } from '../platform/errors/app-error.ts';
import { decodeCursor, encodeCursor, listIdentity } from '../platform/http/pagination.ts';
import { type AccountsService, renderAccount } from './accounts.service.ts';
import type { AccountRow, AccountsStore } from './accounts.store.ts';
import type { Caller, Role } from './actor.ts';
import { randomBase62 } from './api-key.model.ts';
import type { ApiKeysService, Listeners } from './api-keys.service.ts';
import { type Authentication, BUILTIN_ADMIN_ID } from './authentication.service.ts';
import type { CreditLedgerClient } from './credits/credit-ledger.client.ts';

const INVITE_CHARACTERS = 32;

interface Dependencies {
  store: AccountsStore;
  accounts: AccountsService;
  keys: ApiKeysService;
  ledgerOf: (accountId: string) => CreditLedgerClient;
  authentication: Authentication;
  listeners: Listeners;
  clock: Clock;
}

const fillRandom = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);

/** What admins do with the accounts of others. */
export function createAdministrationService(dependencies: Dependencies) {
  const { store, accounts, keys, ledgerOf, authentication, listeners, clock } = dependencies;
  const { requireAccount } = accounts;
  return {
    /** A new key for someone who is locked out. */
    async issueKeyFor(accountId: string, label: string) {
      await requireAccount(accountId);
      const issued = await keys.issueKey(accountId, label);
      if (!issued) throw appError('NOT_FOUND', { message: 'There is no such account.' });
      return issued;
    },

    async createInvite(caller: Caller) {
      const invite = randomBase62(INVITE_CHARACTERS, fillRandom);
      await store.insertInvite(await sha256Hex(invite), caller.accountId, clock.nowMs());
      return { invite };
    },

    async listAccounts(page: { limit: number; cursor?: string | undefined }) {
      const list = await listIdentity('accounts', {});
      const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor, 1)[0];
      const { items, total } = await store.listAccounts({ limit: page.limit + 1, afterId: after?.toString() ?? null });
      const shown = items.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(renderAdminAccount),
        next_cursor: items.length > page.limit && last ? encodeCursor(list, [last.id]) : null,
        total_count: total,
      };
    },

    async patchAccount(accountId: string, change: { role?: Role | undefined; disabled?: boolean | undefined }) {
      const account = await requireAccount(accountId);
      if (accountId === BUILTIN_ADMIN_ID)
        throw appError('FORBIDDEN', { message: 'The built-in admin is what its secret makes it.' });
      const updated = await store.updateAccount(accountId, {
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.disabled === undefined
          ? {}
          : { disabledAtMs: change.disabled ? (account.disabledAtMs ?? clock.nowMs()) : null }),
      });
      if (change.disabled !== undefined) await ledgerOf(accountId).setDisabled(change.disabled);
      authentication.forget(accountId);
      if (change.disabled === true) await listeners.endListening(accountId, null);
      if (change.disabled === false) await listeners.allowListening(accountId);
      return renderAdminAccount(updated ?? account);
    },

    async deleteAccount(accountId: string): Promise<void> {
      await requireAccount(accountId);
      if (!(await store.deleteAccount(accountId, BUILTIN_ADMIN_ID))) {
        throw appError('FORBIDDEN', { message: 'The built-in admin cannot be deleted; unset its secret instead.' });
      }
      await ledgerOf(accountId).setDisabled(true);
      authentication.forget(accountId);
      await listeners.endListening(accountId, null);
    },
  };
}

function renderAdminAccount(account: AccountRow) {
  return { ...renderAccount(account), disabled: account.disabledAtMs !== null };
}

export type AdministrationService = ReturnType<typeof createAdministrationService>;
