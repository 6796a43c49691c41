import { sha256Hex } from '../platform/bytes.ts';
import { type Clock, toTimestamp } from '../platform/clock.ts';
import { isUniqueViolation } from '../platform/db/client.ts';
import { appError } from '../platform/errors/app-error.ts';
import { createId, isUuid } from '../platform/ids.ts';
import type { RateLimiter } from '../platform/rate-limit/rate-window.client.ts';
import type { AccountRow, AccountsStore } from './accounts.store.ts';
import type { Caller, Role } from './actor.ts';
import type { ApiKeysService } from './api-keys.service.ts';
import type { CreditLedgerClient } from './credits/credit-ledger.client.ts';

/** 10 registrations an hour from one address (contract, "Rate limits"). */
export const REGISTRATION_LIMIT = { name: 'registrations', maxHits: 10, windowMs: 60 * 60 * 1000 };

interface Dependencies {
  store: AccountsStore;
  keys: ApiKeysService;
  ledgerOf: (accountId: string) => CreditLedgerClient;
  rateLimiter: RateLimiter;
  clock: Clock;
  registration: 'open' | 'invite' | 'closed';
  signupCredits: number;
}

interface Registration {
  email: string;
  displayName: string;
  invite: string | null;
  /** Whom the registration limit counts: the caller's address. */
  address: string;
}

export function createAccountsService(dependencies: Dependencies) {
  const { store, keys, ledgerOf, rateLimiter, clock } = dependencies;

  /** Idempotent by its reference. */
  async function grantSignupCredits(accountId: string): Promise<void> {
    if (dependencies.signupCredits === 0) return;
    await ledgerOf(accountId).credit({
      reference: `signup:${accountId}`,
      amount: dependencies.signupCredits,
      type: 'signup',
      description: 'Credits for signing up',
    });
  }

  async function requireAccount(accountId: string): Promise<AccountRow> {
    const account = isUuid(accountId) ? await store.findById(accountId) : null;
    if (!account) throw appError('NOT_FOUND', { message: 'There is no such account.' });
    return account;
  }

  return {
    requireAccount,

    async register({ email, displayName, invite, address }: Registration) {
      await rateLimiter.enforce(REGISTRATION_LIMIT, address);
      const { registration } = dependencies;
      if (registration === 'closed' || (registration === 'invite' && invite === null))
        throw appError('REGISTRATION_CLOSED');
      const emailKey = email.toLowerCase();
      if (await store.emailExists(emailKey)) throw appError('EMAIL_TAKEN');
      const account: AccountRow = {
        id: createId(),
        email,
        emailKey,
        displayName,
        role: 'viewer',
        disabledAtMs: null,
        createdAtMs: clock.nowMs(),
      };
      const { key, row } = await keys.makeKey(account.id, 'default');
      const inviteHash = registration === 'invite' && invite !== null ? await sha256Hex(invite) : null;
      await withInvite(dependencies, account, inviteHash, async () => {
        // Credits first: a ledger without an account is nobody's, but an account without its answer would be lost.
        await grantSignupCredits(account.id);
        await store.insertAccount(account, row);
      });
      return {
        user: { id: account.id, email, display_name: displayName },
        api_key: { id: row.id, key, prefix: row.prefix, label: row.label },
      };
    },

    /** What an account may do where its key is not shown; null when it is gone or disabled. */
    async roleOf(accountId: string): Promise<Role | null> {
      const account = await store.findById(accountId);
      return account && account.disabledAtMs === null ? account.role : null;
    },

    async getAccount(caller: Caller) {
      const account = await store.findById(caller.accountId);
      if (!account) throw goneCaller();
      return renderAccount(account);
    },

    /** Another key of the caller's account. */
    async issueOwnKey(caller: Caller, label: string) {
      const issued = await keys.issueKey(caller.accountId, label);
      if (!issued) throw goneCaller();
      return issued;
    },
  };
}

/** Does what makes an account; the invite it spends, if any, is given back when that fails. */
async function withInvite(
  { store, clock }: Pick<Dependencies, 'store' | 'clock'>,
  account: AccountRow,
  inviteHash: string | null,
  work: () => Promise<void>,
): Promise<void> {
  if (inviteHash !== null && !(await store.useInvite(inviteHash, account.id, clock.nowMs()))) {
    throw appError('REGISTRATION_CLOSED', { message: 'This invite is unknown or was used already.' });
  }
  try {
    await work();
  } catch (error) {
    if (inviteHash !== null) await store.returnInvite(inviteHash, account.id);
    throw isUniqueViolation(error, 'accounts.email_key') ? appError('EMAIL_TAKEN') : error;
  }
}

/** For a caller whose account was deleted while this isolate still remembered the key. */
function goneCaller() {
  return appError('UNAUTHORIZED', { message: 'This account was deleted.' });
}

/** An account as its owner sees it. */
export function renderAccount(account: AccountRow) {
  return {
    id: account.id,
    email: account.email,
    display_name: account.displayName,
    role: account.role,
    // Made with the account, under its id (migrations/0011_gateway.sql).
    client_id: account.id,
    created_at: toTimestamp(account.createdAtMs),
  };
}

export type AccountsService = ReturnType<typeof createAccountsService>;
