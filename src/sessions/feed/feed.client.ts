import { type Clock, toTimestamp } from '../../platform/clock.ts';
import { callStub } from '../../platform/durable/stub-call.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { Feed } from './feed.do.ts';
import { type FeedListener, type FeedMessage, type FeedMessageType, LISTENER_HEADER } from './feed.types.ts';
import { feedOfAccount, INVENTORY_FEED, PUBLIC_FEED, tagOfAccount, tagOfKey } from './feed-names.model.ts';

/** A feed that nobody listens to is not told of leases and checks again for so long: each telling is a request. */
export const UNHEARD_MS = 5_000;
/** Feeds that an isolate remembers as unheard. */
const MAX_UNHEARD = 10_000;

export interface NewMessage {
  type: FeedMessageType;
  data: Readonly<Record<string, unknown>>;
  /** When it happened; now when left out. */
  atMs?: number;
}

interface Dependencies {
  namespace: DurableObjectNamespace<Feed>;
  /** Everything is told to the public feed, too. */
  isPublic: boolean;
  clock: Clock;
  logger: Logger;
  waitUntil(work: Promise<unknown>): void;
  /** Until when a feed is unheard, by its name; one for each isolate. */
  unheard: Map<string, number>;
}

/** The one way to the feeds. What is told goes out after the answer, and its failure is nobody's but the listeners'. */
export function createFeeds({ namespace, isPublic, clock, logger, waitUntil, unheard }: Dependencies) {
  async function publish(name: string, messages: readonly FeedMessage[]): Promise<void> {
    try {
      const listeners = await callStub(
        () => namespace.getByName(name),
        (stub) => stub.publish(messages),
      );
      if (listeners > 0) unheard.delete(name);
      else if (unheard.size < MAX_UNHEARD) unheard.set(name, clock.nowMs() + UNHEARD_MS);
      else unheard.clear();
    } catch (error) {
      logger.warn('a feed was not told', describeError(error));
    }
  }

  function tell(names: readonly string[], news: readonly NewMessage[]): void {
    const nowMs = clock.nowMs();
    const messages = news.map(({ type, data, atMs = nowMs }) => ({ type, timestamp: toTimestamp(atMs), data }));
    if (messages.length > 0) waitUntil(Promise.all(names.map((name) => publish(name, messages))));
  }

  /** Wherever the account may listen. */
  async function atFeedsOf(accountId: string, act: (stub: DurableObjectStub<Feed>) => Promise<void>): Promise<void> {
    const names = [feedOfAccount(accountId), INVENTORY_FEED];
    await Promise.all(names.map((name) => callStub(() => namespace.getByName(name), act)));
  }

  const withPublic = (name: string) => (isPublic ? [name, PUBLIC_FEED] : [name]);
  const isHeard = (name: string) => (unheard.get(name) ?? 0) <= clock.nowMs();

  return {
    isPublic,

    /** Of an account's sessions: each of these reaches who listens. */
    tellAccount: (accountId: string, news: readonly NewMessage[]) => tell(withPublic(feedOfAccount(accountId)), news),

    /** Of an account's leases, when somebody listened a moment ago. */
    tellAccountIfHeard: (accountId: string, news: readonly NewMessage[]) =>
      tell(withPublic(feedOfAccount(accountId)).filter(isHeard), news),

    /** Of pools, sources and processes: rare, so each of these reaches who listens. */
    tellInventory: (news: readonly NewMessage[]) => tell(withPublic(INVENTORY_FEED), news),

    /** Of checks, when somebody listened a moment ago. */
    tellInventoryIfHeard: (news: readonly NewMessage[]) => tell(withPublic(INVENTORY_FEED).filter(isHeard), news),

    /** Lets a listener in: the answer to its upgrade, or 401 or 503. */
    listen(name: string, listener: FeedListener): Promise<Response> {
      // At least from here it is told at once.
      unheard.delete(name);
      const headers = { Upgrade: 'websocket', [LISTENER_HEADER]: JSON.stringify(listener) };
      return callStub(
        () => namespace.getByName(name),
        (stub) => stub.fetch('http://feed/', { headers }),
      );
    },

    /** Ends the sockets of a key, or of the whole account (null). */
    endListening: (accountId: string, apiKeyId: string | null) =>
      atFeedsOf(accountId, (stub) => stub.end(apiKeyId === null ? tagOfAccount(accountId) : tagOfKey(apiKeyId))),

    /** An account may listen again. */
    allowListening: (accountId: string) => atFeedsOf(accountId, (stub) => stub.reopen(tagOfAccount(accountId))),
  };
}

export type Feeds = ReturnType<typeof createFeeds>;
