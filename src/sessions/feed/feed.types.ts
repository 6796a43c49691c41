/** What happens to an account's sessions, in the reference's words, to its leases and credits; and to the inventory. */
export type FeedMessageType =
  | 'session_start'
  | 'session_end'
  | 'event'
  | 'stats_update'
  | 'lease_acquired'
  | 'lease_renewed'
  | 'lease_released'
  | 'lease_expired'
  | 'credits_low'
  | 'credits_exhausted'
  | 'checks'
  | 'proxy_status'
  | 'pool_low'
  | 'source_failed'
  | 'source_deactivated'
  | 'sweep_suspect'
  | 'process_status'
  | 'supervisor_status';

export interface FeedMessage {
  type: FeedMessageType;
  /** RFC 3339, UTC. */
  timestamp: string;
  /** JSON values only; never a secret. */
  data: Readonly<Record<string, unknown>>;
}

/** Who listens: an account by one of its keys (null: the built-in admin's), or nobody in particular. */
export interface FeedListener {
  accountId: string | null;
  apiKeyId: string | null;
  /** What let it in, to be used once; null for a key itself, and for the public feed. */
  ticket: { id: string; expiresAtMs: number } | null;
  /** Messages that it wants of those before. */
  tail: number;
}

/** How a listener is handed to the object, whose only way to an upgrade is a request. */
export const LISTENER_HEADER = 'x-feed-listener';

/** What a key may listen to: what its account does, or what happens to the inventory. */
export const feedKinds = ['account', 'inventory'] as const;
export type FeedKind = (typeof feedKinds)[number];
