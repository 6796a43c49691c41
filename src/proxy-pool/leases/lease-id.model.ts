/** RFC 9562 section 5.7: `rand_a`, which here carries the number of the lease's pool. */
export const MAX_POOL_NUMBER = 4095;

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Eight bytes of randomness for one lease id. */
export type RandomBytes = () => Uint8Array;

export const randomLeaseBytes: RandomBytes = () => crypto.getRandomValues(new Uint8Array(8));

/** A new lease id: a UUID v7 of this moment whose 12 `rand_a` bits are the pool number; 62 bits are random. */
export function createLeaseId(input: { poolNumber: number; nowMs: number; random?: RandomBytes }): string {
  const { poolNumber, nowMs, random = randomLeaseBytes } = input;
  if (!Number.isInteger(poolNumber) || poolNumber < 0 || poolNumber > MAX_POOL_NUMBER) {
    throw new RangeError('a pool number has 12 bits');
  }
  const time = hex(nowMs, 12);
  const tail = Array.from(random(), (byte, index) => hex(index === 0 ? (byte & 0x3f) | 0x80 : byte, 2)).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(poolNumber, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** The pool that a lease id names; null for what is no UUID v7 (case-sensitive: ids are given out in lower case). */
export function poolNumberOf(leaseId: string): number | null {
  return UUID_V7.test(leaseId) ? Number.parseInt(leaseId.slice(15, 18), 16) : null;
}

/** When a lease id was made, milliseconds since the epoch. */
export function leaseIdTimeMs(leaseId: string): number {
  return Number.parseInt(leaseId.slice(0, 8) + leaseId.slice(9, 13), 16);
}
