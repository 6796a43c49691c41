import { sha256Hex } from '../platform/bytes.ts';
import { type Clock, toTimestamp, toTimestampOrNull } from '../platform/clock.ts';
import { appError } from '../platform/errors/app-error.ts';
import { createId } from '../platform/ids.ts';
import type { ApiKeyRow } from './accounts.store.ts';
import type { Caller } from './actor.ts';
import { createApiKey, prefixOf } from './api-key.model.ts';
import type { ApiKeysStore } from './api-keys.store.ts';
import type { Authentication } from './authentication.service.ts';
import type { CreditLedgerClient } from './credits/credit-ledger.client.ts';

/** Sockets that a key opened: they end with it. */
export interface Listeners {
  /** Of a key, or of the whole account (null). */
  endListening(accountId: string, apiKeyId: string | null): Promise<void>;
  allowListening(accountId: string): Promise<void>;
}

interface Dependencies {
  store: ApiKeysStore;
  ledgerOf: (accountId: string) => CreditLedgerClient;
  authentication: Authentication;
  listeners: Listeners;
  clock: Clock;
}

const fillRandom = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);

export function createApiKeysService({ store, ledgerOf, authentication, listeners, clock }: Dependencies) {
  async function makeKey(accountId: string, label: string): Promise<{ key: string; row: ApiKeyRow }> {
    const key = createApiKey(fillRandom);
    const row: ApiKeyRow = {
      id: createId(),
      accountId,
      keyHash: await sha256Hex(key),
      prefix: prefixOf(key),
      label,
      createdAtMs: clock.nowMs(),
      lastUsedAtMs: null,
      revokedAtMs: null,
    };
    return { key, row };
  }

  return {
    /** A new key and the row that stands for it; nothing is stored yet. */
    makeKey,

    /** A key of an account; null when the account is gone. */
    async issueKey(accountId: string, label: string) {
      const { key, row } = await makeKey(accountId, label);
      if (!(await store.insertKey(row))) return null;
      return { id: row.id, key, prefix: row.prefix, label, created_at: toTimestamp(row.createdAtMs) };
    },

    async listKeys(caller: Caller) {
      const keys = await store.listKeys(caller.accountId);
      return {
        items: keys.map((key) => ({
          id: key.id,
          prefix: key.prefix,
          label: key.label,
          created_at: toTimestamp(key.createdAtMs),
          last_used_at: toTimestampOrNull(key.lastUsedAtMs),
          revoked_at: toTimestampOrNull(key.revokedAtMs),
        })),
      };
    },

    /** Ends a key: its spending at once (the ledger refuses it), its reading within the cache's 30 s, its sockets. */
    async revokeKey(caller: Caller, keyId: string): Promise<void> {
      const key = (await store.listKeys(caller.accountId)).find(({ id }) => id === keyId);
      if (!key) throw appError('NOT_FOUND', { message: 'You have no such key.' });
      if (key.revokedAtMs === null && !(await store.revokeKey(caller.accountId, keyId, clock.nowMs()))) {
        const now = (await store.listKeys(caller.accountId)).find(({ id }) => id === keyId);
        if (now?.revokedAtMs === null) throw appError('LAST_KEY');
      }
      await ledgerOf(caller.accountId).revokeKey(keyId);
      authentication.forget(caller.accountId);
      await listeners.endListening(caller.accountId, keyId);
    },
  };
}

export type ApiKeysService = ReturnType<typeof createApiKeysService>;
