/** Names a pool in paths, lists and lease filters. */
export const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** The pool of whoever names none. */
export const DEFAULT_POOL = 'default';
/** A lease id has 12 bits for the number of its pool. */
export const MAX_POOLS = 4_096;

export interface Pool {
  /** 0 to 4,095, in the order of creation; never reused. */
  number: number;
  name: string;
}
