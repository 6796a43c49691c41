import { and, desc, eq, inArray, isNull, lt, lte, ne } from 'drizzle-orm';
import type { Database } from '../platform/db/client.ts';
import { totalOf } from '../platform/db/list-totals.ts';
import { accounts, apiKeys, invites } from './accounts.tables.ts';
import type { Role } from './actor.ts';

export type AccountRow = typeof accounts.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;

export function createAccountsStore(database: Database) {
  return {
    async findById(accountId: string): Promise<AccountRow | null> {
      const [row] = await database.select().from(accounts).where(eq(accounts.id, accountId));
      return row ?? null;
    },

    async emailExists(emailKey: string): Promise<boolean> {
      const rows = await database.select({ id: accounts.id }).from(accounts).where(eq(accounts.emailKey, emailKey));
      return rows.length > 0;
    },

    /** Creates an account with its first key in one transaction. */
    async insertAccount(account: AccountRow, key: ApiKeyRow): Promise<void> {
      await database.batch([database.insert(accounts).values(account), database.insert(apiKeys).values(key)]);
    },

    /** Takes an invite for an account; false when there is none of this code that is unused. */
    async useInvite(codeHash: string, accountId: string, nowMs: number): Promise<boolean> {
      const used = await database
        .update(invites)
        .set({ usedBy: accountId, usedAtMs: nowMs })
        .where(and(eq(invites.codeHash, codeHash), isNull(invites.usedAtMs)))
        .returning({ codeHash: invites.codeHash });
      return used.length > 0;
    },

    /** Gives an invite back whose registration failed. */
    async returnInvite(codeHash: string, accountId: string): Promise<void> {
      await database
        .update(invites)
        .set({ usedBy: null, usedAtMs: null })
        .where(and(eq(invites.codeHash, codeHash), eq(invites.usedBy, accountId)));
    },

    async insertInvite(codeHash: string, createdBy: string, nowMs: number): Promise<void> {
      await database.insert(invites).values({ codeHash, createdBy, createdAtMs: nowMs });
    },

    /** Deletes invites that were used before `usedBeforeMs`, `maxRows` at most; returns how many. */
    async forgetUsedInvites(usedBeforeMs: number, maxRows: number): Promise<number> {
      const used = database
        .select({ codeHash: invites.codeHash })
        .from(invites)
        .where(lte(invites.usedAtMs, usedBeforeMs))
        .limit(maxRows);
      const { meta } = await database.delete(invites).where(inArray(invites.codeHash, used));
      return meta.changes;
    },

    async listAccounts(page: { limit: number; afterId: string | null }) {
      const after = page.afterId === null ? undefined : lt(accounts.id, page.afterId);
      const [items, totals] = await database.batch([
        database.select().from(accounts).where(after).orderBy(desc(accounts.id)).limit(page.limit),
        totalOf(database, 'accounts'),
      ]);
      return { items, total: totals[0]?.total ?? 0 };
    },

    async updateAccount(accountId: string, change: { role?: Role; disabledAtMs?: number | null }) {
      const [row] = await database.update(accounts).set(change).where(eq(accounts.id, accountId)).returning();
      return row ?? null;
    },

    /** Deletes an account and its keys; false when there was none. */
    async deleteAccount(accountId: string, builtinId: string): Promise<boolean> {
      const [, deleted] = await database.batch([
        database.delete(apiKeys).where(and(eq(apiKeys.accountId, accountId), ne(apiKeys.accountId, builtinId))),
        database
          .delete(accounts)
          .where(and(eq(accounts.id, accountId), ne(accounts.id, builtinId)))
          .returning({ id: accounts.id }),
      ]);
      return deleted.length > 0;
    },
  };
}

export type AccountsStore = ReturnType<typeof createAccountsStore>;
