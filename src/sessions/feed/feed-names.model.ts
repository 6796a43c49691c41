import type { FeedListener } from './feed.types.ts';

/** What everybody hears of, when that is wanted. */
export const PUBLIC_FEED = 'public';
/** What happens to the inventory, which is one for all accounts. */
export const INVENTORY_FEED = 'inventory';

const ACCOUNT_PREFIX = 'account:';

export function feedOfAccount(accountId: string): string {
  return `${ACCOUNT_PREFIX}${accountId}`;
}

/** The account whose feed has this name; null for the others. */
export function accountOfFeed(name: string | undefined): string | null {
  return name?.startsWith(ACCOUNT_PREFIX) ? name.slice(ACCOUNT_PREFIX.length) : null;
}

/** Names the sockets of a key. */
export function tagOfKey(apiKeyId: string): string {
  return `key:${apiKeyId}`;
}

/** Names the sockets of an account. */
export function tagOfAccount(accountId: string): string {
  return `account:${accountId}`;
}

/** What the sockets of a listener are named by. */
export function tagsOf({ accountId, apiKeyId }: Pick<FeedListener, 'accountId' | 'apiKeyId'>): string[] {
  return [...(accountId === null ? [] : [tagOfAccount(accountId)]), ...(apiKeyId === null ? [] : [tagOfKey(apiKeyId)])];
}
