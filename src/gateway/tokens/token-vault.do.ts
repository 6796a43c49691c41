import { DurableObject } from 'cloudflare:workers';
import { addressPolicyOf } from '../../address-policy.ts';
import { configOf } from '../../config.ts';
import { runMigrations } from '../../platform/durable/do-migrations.ts';
import { createSecretBox } from '../../platform/secrets.ts';
import type { TokenGrant } from '../credentials/credential.types.ts';
import { afterRefresh, decideToken, type Token, type TokenState } from './token.model.ts';
import { fetchToken } from './token-fetch.ts';

const migrations = [
  {
    id: '0001-token',
    statements: `CREATE TABLE token (
      id INTEGER PRIMARY KEY CHECK (id = 1), sealed TEXT NOT NULL, obtained_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
    )`,
  },
];

type StoredToken = { sealed: string; obtained_at: number; expires_at: number };

export type TokenResult = { token: Token } | { problem: string };

/** The token of one OAuth2 credential: fetched by one caller at a time, whichever isolates they are in, and kept encrypted. */
export class TokenVault extends DurableObject<Env> {
  #state: TokenState = { token: null, failure: null, replacedAtMs: null };
  #refreshing: Promise<void> | null = null;

  readonly #config = configOf(this.env);
  readonly #box = createSecretBox(this.#config.ENCRYPTION_KEY);
  readonly #context = `gateway-token:${this.ctx.id.toString()}`;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    void state.blockConcurrencyWhile(async () => {
      runMigrations(state.storage, migrations);
      this.#state = { ...this.#state, token: await this.#stored() };
    });
  }

  /** A token that is good for a while, another than `rejected` where there can be one; or why there is none. */
  async token(grant: TokenGrant, rejected: string | null): Promise<TokenResult> {
    // Whoever comes while one asks takes what that one gets.
    if (this.#refreshing) await this.#refreshing;
    const decision = decideToken(this.#state, rejected, Date.now());
    if (decision.kind === 'use') return { token: decision.token };
    if (decision.kind === 'fail') return { problem: decision.problem };
    // Several may have waited for one refresh that failed to help them: again only the first asks.
    this.#refreshing ??= this.#refresh(grant, rejected).finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
    const { token, failure } = this.#state;
    return token ? { token } : { problem: failure?.problem ?? 'it gave none' };
  }

  /** The token's time is over. */
  override async alarm(): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM token WHERE expires_at <= ?', Date.now());
  }

  async #refresh(grant: TokenGrant, rejected: string | null): Promise<void> {
    const policy = addressPolicyOf(this.#config);
    const nowMs = () => Date.now();
    const got = await fetchToken(grant, { fetch: (url, init) => fetch(url, init), policy, nowMs });
    this.#state = afterRefresh(this.#state, got, rejected, Date.now());
    if (typeof got === 'string') return;
    const sealed = await this.#box.seal(got.text, this.#context);
    const { sql } = this.ctx.storage;
    sql.exec('INSERT OR REPLACE INTO token VALUES (1, ?, ?, ?)', sealed, got.obtainedAtMs, got.expiresAtMs);
    await this.ctx.storage.setAlarm(got.expiresAtMs);
  }

  async #stored(): Promise<Token | null> {
    const [row] = this.ctx.storage.sql.exec<StoredToken>('SELECT sealed, obtained_at, expires_at FROM token').toArray();
    if (!row) return null;
    try {
      const text = await this.#box.open(row.sealed, this.#context);
      return { text, obtainedAtMs: row.obtained_at, expiresAtMs: row.expires_at };
    } catch {
      // Sealed with a key that is gone: another token is to be had.
      return null;
    }
  }
}
