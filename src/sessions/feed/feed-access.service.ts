import type { Caller } from '../../accounts/actor.ts';
import { apiKeyIdOf } from '../../accounts/actor.ts';
import type { Authentication } from '../../accounts/authentication.service.ts';
import { unavailable } from '../../platform/durable/stub-call.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { Feeds } from './feed.client.ts';
import type { FeedKind, FeedListener } from './feed.types.ts';
import { feedOfAccount, INVENTORY_FEED, PUBLIC_FEED } from './feed-names.model.ts';
import { type FeedTickets, TICKET_MS } from './feed-tickets.ts';

interface Dependencies {
  feeds: Feeds;
  tickets: FeedTickets;
  authentication: Pick<Authentication, 'authenticate'>;
  /** Origins of pages that may listen besides our own. */
  allowedOrigins: ReadonlySet<string>;
}

interface Listening {
  /** The page that asks; null when none does. */
  origin: string | null;
  /** Our own. */
  url: string;
  key: string | null;
  ticket: string | undefined;
  feed: FeedKind;
  tail: number;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function nameOf(feed: FeedKind, accountId: string): string {
  return feed === 'inventory' ? INVENTORY_FEED : feedOfAccount(accountId);
}

/** Who may listen to what. */
export function createFeedAccess({ feeds, tickets, authentication, allowedOrigins }: Dependencies) {
  /** The feed, and who the listener is; null when nothing lets it in. */
  async function admit({
    key,
    ticket,
    feed,
    tail,
  }: Listening): Promise<{ name: string; listener: FeedListener } | null> {
    if (ticket !== undefined) {
      const opened = await tickets.open(ticket);
      if (!opened) return null;
      const { accountId, apiKeyId, id, expiresAtMs } = opened;
      return {
        name: nameOf(opened.feed, accountId),
        listener: { accountId, apiKeyId, ticket: { id, expiresAtMs }, tail },
      };
    }
    if (key !== null) {
      const caller = await authentication.authenticate(key);
      if (!caller) return null;
      const { accountId } = caller;
      return {
        name: nameOf(feed, accountId),
        listener: { accountId, apiKeyId: apiKeyIdOf(caller), ticket: null, tail },
      };
    }
    if (!feeds.isPublic) return null;
    return { name: PUBLIC_FEED, listener: { accountId: null, apiKeyId: null, ticket: null, tail } };
  }

  return {
    /** A ticket for a browser, which can't send a key with an upgrade. */
    async issueTicket(caller: Caller, feed: FeedKind) {
      const holder = { accountId: caller.accountId, apiKeyId: apiKeyIdOf(caller), feed };
      return { ticket: await tickets.issue(holder), expires_in: TICKET_MS / 1_000 };
    },

    /** The answer to an upgrade. Throws `FORBIDDEN` for a page of elsewhere, `UNAUTHORIZED`, `UNAVAILABLE`. */
    async listen(listening: Listening): Promise<Response> {
      const { origin, url } = listening;
      const isOwn = origin === null || hostOf(origin) === new URL(url).host || allowedOrigins.has(origin);
      if (!isOwn) throw appError('FORBIDDEN', { message: 'Pages of this origin may not listen.' });
      const admitted = await admit(listening);
      const response = admitted && (await feeds.listen(admitted.name, admitted.listener));
      if (response?.status === 503) throw unavailable(null);
      if (response?.status !== 101) {
        throw appError('UNAUTHORIZED', { message: 'A valid API key, or a ticket that was not used, is required.' });
      }
      return response;
    },
  };
}

export type FeedAccess = ReturnType<typeof createFeedAccess>;
