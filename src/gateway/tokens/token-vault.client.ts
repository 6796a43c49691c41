import type { Clock } from '../../platform/clock.ts';
import { callStub } from '../../platform/durable/stub-call.ts';
import { Secret } from '../../platform/secrets.ts';
import type { TokenGrant } from '../credentials/credential.types.ts';
import type { TokenResult, TokenVault } from './token-vault.do.ts';

/** An isolate uses a token for so long before it asks the vault again. */
export const TOKEN_CACHED_MS = 30_000;
/** Bounds an isolate's memory: a token has some kilobytes at most. */
const MAX_CACHED_TOKENS = 200;

/** Tokens by credential, one map for each isolate. */
export type TokenCache = Map<string, { token: Secret<string>; untilMs: number }>;

interface Dependencies {
  namespace: DurableObjectNamespace<TokenVault>;
  cache: TokenCache;
  clock: Clock;
}

/** The one way to the vaults; each is named by its credential's id. */
export function createTokenVaults({ namespace, cache, clock }: Dependencies) {
  return {
    /**
     * A token for a target, another than `rejected` where there can be one; or in words why there is none.
     * Throws `UNAVAILABLE` when the vault can't be reached.
     */
    async token(
      credentialId: string,
      grant: TokenGrant,
      rejected: string | null,
    ): Promise<{ text: string } | { problem: string }> {
      const cached = cache.get(credentialId);
      if (cached && cached.untilMs > clock.nowMs() && cached.token.reveal() !== rejected) {
        return { text: cached.token.reveal() };
      }
      cache.delete(credentialId);
      const result = await callStub(
        () => namespace.getByName(credentialId),
        async (vault): Promise<TokenResult> => vault.token(grant, rejected),
      );
      if ('problem' in result) return result;
      const { text, expiresAtMs } = result.token;
      if (cache.size >= MAX_CACHED_TOKENS) cache.delete(cache.keys().next().value ?? '');
      // The vault gives no token in its last moments; what is left of its life is halved, so that neither do we.
      const nowMs = clock.nowMs();
      const untilMs = nowMs + Math.min(TOKEN_CACHED_MS, (expiresAtMs - nowMs) / 2);
      cache.set(credentialId, { token: new Secret(text), untilMs });
      return { text };
    },
  };
}

export type TokenVaults = ReturnType<typeof createTokenVaults>;
