import { appError } from '../../platform/errors/app-error.ts';
import type { PoolsService } from '../pools/pools.service.ts';
import type { LeaseBookClient } from './lease-book.client.ts';
import { poolNumberOf } from './lease-id.model.ts';

/** The pool of whoever names none needs no look at the list of pools. */
export const DEFAULT_POOL_NUMBER = 0;

interface Dependencies {
  bookOf: (poolNumber: number) => LeaseBookClient;
  pools: Pick<PoolsService, 'nameOf'>;
}

/** Finds the book that a lease id names. Throws `LEASE_NOT_FOUND`. */
export function createBookOfLease({ bookOf, pools }: Dependencies) {
  return async (leaseId: string): Promise<LeaseBookClient> => {
    const poolNumber = poolNumberOf(leaseId);
    if (poolNumber === null) throw appError('LEASE_NOT_FOUND');
    // An id that names no pool must not bring a book into being.
    if (poolNumber !== DEFAULT_POOL_NUMBER && (await pools.nameOf(poolNumber)) === null)
      throw appError('LEASE_NOT_FOUND');
    return bookOf(poolNumber);
  };
}

export type BookOfLease = ReturnType<typeof createBookOfLease>;
