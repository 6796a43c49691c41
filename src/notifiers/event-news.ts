import type { OutboxRow } from '../platform/durable/outbox.ts';
import type { Feeds, NewMessage } from '../sessions/feed/feed.client.ts';
import type { FeedMessageType } from '../sessions/feed/feed.types.ts';
import type { EventType } from './events.schemas.ts';

/** What a listener hears of an event; null: nothing, since another message tells of it, or it is for notifiers alone. */
const MESSAGE_OF: Readonly<Record<EventType, FeedMessageType | null>> = {
  'proxy.pool_low': 'pool_low',
  // Each check batch tells of it: `proxy_status`.
  'proxy.died': null,
  'source.failed': 'source_failed',
  'source.deactivated': 'source_deactivated',
  'credits.low': 'credits_low',
  'credits.exhausted': 'credits_exhausted',
  'lease.expired': 'lease_expired',
  'sweep.suspect': 'sweep_suspect',
  'notifier.test': null,
};

export type ListenedEvent = Pick<OutboxRow, 'type' | 'payload' | 'createdAtMs'>;
export type EventFeeds = Pick<Feeds, 'tellAccountIfHeard' | 'tellInventory'>;

function isEventType(type: string): type is EventType {
  return Object.hasOwn(MESSAGE_OF, type);
}

/** Tells listeners of events: those of an account to its own feed, the others to that of the inventory. A crash may repeat some. */
export function tellOfEvents(events: readonly ListenedEvent[], feeds: EventFeeds): void {
  const ofInventory: NewMessage[] = [];
  const byAccount = new Map<string, NewMessage[]>();
  for (const { type, payload, createdAtMs: atMs } of events) {
    const message = isEventType(type) ? MESSAGE_OF[type] : null;
    if (message === null) continue;
    const { account_id: accountId, ...data } = payload;
    const news = { type: message, data, atMs };
    if (typeof accountId === 'string') byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), news]);
    else ofInventory.push(news);
  }
  for (const [accountId, news] of byAccount) feeds.tellAccountIfHeard(accountId, news);
  feeds.tellInventory(ofInventory);
}
