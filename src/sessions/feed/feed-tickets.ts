import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { createId } from '../../platform/ids.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import { feedKinds } from './feed.types.ts';

/** How long a ticket waits for its one use (contract, "Sessions face"). */
export const TICKET_MS = 30_000;
/** Longer than any that was made here. */
export const MAX_TICKET_CHARACTERS = 1_000;

const CONTEXT = 'ws-ticket';

const ticketSchema = z.object({
  id: z.string(),
  accountId: z.string(),
  apiKeyId: z.string().nullable(),
  feed: z.enum(feedKinds),
  expiresAtMs: z.number(),
});

export type FeedTicket = z.infer<typeof ticketSchema>;

/** Tickets are sealed, so that a made-up one leads to no object; the account's feed sees to it that each is used once. */
export function createFeedTickets(secretBox: SecretBox, clock: Clock) {
  return {
    issue(holder: Pick<FeedTicket, 'accountId' | 'apiKeyId' | 'feed'>): Promise<string> {
      // The id's 74 random bits are not what keeps strangers out: the seal is.
      const ticket: FeedTicket = { ...holder, id: createId(), expiresAtMs: clock.nowMs() + TICKET_MS };
      return secretBox.seal(JSON.stringify(ticket), CONTEXT);
    },

    /** What a ticket says; null for one that is not ours, or has lapsed. */
    async open(text: string): Promise<FeedTicket | null> {
      if (text.length > MAX_TICKET_CHARACTERS) return null;
      const plain = await secretBox.open(text, CONTEXT).catch(() => null);
      if (plain === null) return null;
      const ticket = ticketSchema.parse(JSON.parse(plain));
      return ticket.expiresAtMs > clock.nowMs() ? ticket : null;
    },
  };
}

export type FeedTickets = ReturnType<typeof createFeedTickets>;
