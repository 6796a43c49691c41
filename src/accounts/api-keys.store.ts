import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { type Database, isForeignKeyViolation } from '../platform/db/client.ts';
import type { ApiKeyRow } from './accounts.store.ts';
import { accounts, apiKeys } from './accounts.tables.ts';

/** How seldom `last_used_at` is written: a row a request would cost more than the request. */
const LAST_USED_RESOLUTION_MS = 60 * 60 * 1000;

export function createApiKeysStore(database: Database) {
  return {
    async findByKeyHash(keyHash: string) {
      const [row] = await database
        .select({ account: accounts, key: apiKeys })
        .from(apiKeys)
        .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
        .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAtMs)));
      return row ?? null;
    },

    /** False when the account is gone. */
    async insertKey(key: ApiKeyRow): Promise<boolean> {
      try {
        await database.insert(apiKeys).values(key);
        return true;
      } catch (error) {
        if (isForeignKeyViolation(error)) return false;
        throw error;
      }
    },

    listKeys(accountId: string): Promise<ApiKeyRow[]> {
      return database
        .select()
        .from(apiKeys)
        .where(eq(apiKeys.accountId, accountId))
        .orderBy(desc(apiKeys.createdAtMs), desc(apiKeys.id));
    },

    /** Revokes a key unless it is the account's last active one: the check and the write are one statement. */
    async revokeKey(accountId: string, keyId: string, nowMs: number): Promise<boolean> {
      const otherActive = sql`EXISTS (SELECT 1 FROM ${apiKeys} AS other WHERE other.account_id = ${accountId} AND other.id <> ${keyId} AND other.revoked_at IS NULL)`;
      const revoked = await database
        .update(apiKeys)
        .set({ revokedAtMs: nowMs })
        .where(and(eq(apiKeys.id, keyId), eq(apiKeys.accountId, accountId), isNull(apiKeys.revokedAtMs), otherActive))
        .returning({ id: apiKeys.id });
      return revoked.length > 0;
    },

    async touchKey(keyId: string, nowMs: number): Promise<void> {
      const stale = or(isNull(apiKeys.lastUsedAtMs), lt(apiKeys.lastUsedAtMs, nowMs - LAST_USED_RESOLUTION_MS));
      await database
        .update(apiKeys)
        .set({ lastUsedAtMs: nowMs })
        .where(and(eq(apiKeys.id, keyId), stale));
    },
  };
}

export type ApiKeysStore = ReturnType<typeof createApiKeysStore>;
