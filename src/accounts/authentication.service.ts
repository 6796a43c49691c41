import { sha256Hex } from '../platform/bytes.ts';
import type { Clock } from '../platform/clock.ts';
import { constantTimeText } from '../platform/constant-time.ts';
import type { Caller } from './actor.ts';
import { isWellFormedApiKey } from './api-key.model.ts';
import type { ApiKeysStore } from './api-keys.store.ts';

/** The account behind the secret ADMIN_API_KEY; its row comes with the first migration. */
export const BUILTIN_ADMIN_ID = '00000000-0000-7000-8000-000000000001';
/** A revoked key stops reading within this time (contract, "Keys"). */
export const KEY_CACHE_MS = 30_000;
/** Bounds the cache's memory: about 5 MB of entries. */
export const KEY_CACHE_MAX_ENTRIES = 10_000;

interface CachedCaller {
  caller: Caller;
  untilMs: number;
}

interface Dependencies {
  store: ApiKeysStore;
  clock: Clock;
  adminApiKey: string;
  /** Keeps a promise running after the answer. */
  waitUntil(work: Promise<unknown>): void;
  cache: Map<string, CachedCaller>;
}

/** Callers by key hash, one for each isolate. */
export function createCallerCache(): Map<string, CachedCaller> {
  return new Map();
}

/** Turns a presented key into who it stands for. */
export function createAuthentication({ store, clock, adminApiKey, waitUntil, cache }: Dependencies) {
  const adminKey = constantTimeText(adminApiKey);
  const remember = (keyHash: string, caller: Caller) => {
    if (cache.size >= KEY_CACHE_MAX_ENTRIES) cache.delete(cache.keys().next().value ?? '');
    cache.set(keyHash, { caller, untilMs: clock.nowMs() + KEY_CACHE_MS });
  };
  return {
    /** The caller of a key, or null when the key is mistyped, unknown, revoked, or its account disabled. */
    async authenticate(key: string): Promise<Caller | null> {
      if (!isWellFormedApiKey(key)) return null;
      if (adminApiKey !== '' && adminKey.equals(key)) {
        return { kind: 'builtin_admin', accountId: BUILTIN_ADMIN_ID, role: 'admin' };
      }
      const keyHash = await sha256Hex(key);
      const cached = cache.get(keyHash);
      if (cached && cached.untilMs > clock.nowMs()) return cached.caller;
      cache.delete(keyHash);
      const found = await store.findByKeyHash(keyHash);
      if (!found || found.account.disabledAtMs !== null) return null;
      const caller: Caller = {
        kind: 'account',
        accountId: found.account.id,
        role: found.account.role,
        apiKeyId: found.key.id,
      };
      remember(keyHash, caller);
      waitUntil(store.touchKey(found.key.id, clock.nowMs()));
      return caller;
    },

    /** Forgets what this isolate knows of an account, so that a change shows here at once. */
    forget(accountId: string): void {
      for (const [keyHash, { caller }] of cache) if (caller.accountId === accountId) cache.delete(keyHash);
    },
  };
}

export type Authentication = ReturnType<typeof createAuthentication>;
