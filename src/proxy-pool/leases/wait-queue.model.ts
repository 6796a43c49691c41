import type { LeaseFilters } from './lease-book.types.ts';

/** Waiters of one account in one book: more than any client needs that isn't broken. */
export const MAX_WAITERS_PER_ACCOUNT = 10;
/** Waiters in a book: each is an open request; all are looked at when a proxy comes free. */
export const MAX_WAITERS = 1_000;

/** Someone who waits for a proxy. */
export interface Waiter {
  /** Order of arrival. */
  ticket: number;
  /** The caller's own name for it. */
  waiterId: string | null;
  accountId: string;
  filters: LeaseFilters;
  leaseDurationMs: number;
  maxLiveLeases: number;
  deadlineAtMs: number;
}

/** First come, first served, among those whom a proxy suits. */
export interface WaitQueue {
  readonly size: number;
  /** The new waiter, or null when the account's places or the book's are taken. */
  join(waiter: Omit<Waiter, 'ticket'>): Waiter | null;
  leave(ticket: number): Waiter | null;
  findByWaiterId(waiterId: string): Waiter | null;
  inOrder(): Waiter[];
  earliestDeadlineMs(): number | null;
}

export function createWaitQueue(): WaitQueue {
  const waiters = new Map<number, Waiter>();
  const countByAccount = new Map<string, number>();
  let nextTicket = 1;

  return {
    get size() {
      return waiters.size;
    },
    join(newcomer) {
      const ofAccount = countByAccount.get(newcomer.accountId) ?? 0;
      if (waiters.size >= MAX_WAITERS || ofAccount >= MAX_WAITERS_PER_ACCOUNT) return null;
      const waiter = { ...newcomer, ticket: nextTicket };
      nextTicket += 1;
      waiters.set(waiter.ticket, waiter);
      countByAccount.set(waiter.accountId, ofAccount + 1);
      return waiter;
    },
    leave(ticket) {
      const waiter = waiters.get(ticket);
      if (waiter === undefined) return null;
      waiters.delete(ticket);
      const ofAccount = (countByAccount.get(waiter.accountId) ?? 1) - 1;
      if (ofAccount === 0) countByAccount.delete(waiter.accountId);
      else countByAccount.set(waiter.accountId, ofAccount);
      return waiter;
    },
    findByWaiterId: (waiterId) => [...waiters.values()].find((waiter) => waiter.waiterId === waiterId) ?? null,
    inOrder: () => [...waiters.values()],
    earliestDeadlineMs: () =>
      waiters.size === 0 ? null : Math.min(...Array.from(waiters.values(), (waiter) => waiter.deadlineAtMs)),
  };
}
