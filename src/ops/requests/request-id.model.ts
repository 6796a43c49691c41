/** The log of proxied requests is spread over so many objects, by account; an admin's view merges them. */
export const REQUEST_LOG_SHARDS = 4;

/** 7 hex digits (contract, "Ops face") are 28 bits: which shard, and which of so many positions in it. */
const POSITIONS = 2 ** 28 / REQUEST_LOG_SHARDS;
/** Odd, so that multiplying by it permutes the positions: ids don't count what others did. Products stay below 2^53. */
const SCATTER = 40_503_001;

/** The inverse of an odd number modulo a power of two, by Newton's iteration: each step doubles the bits that are right. */
function inverseOf(odd: number, modulus: number): number {
  const wide = BigInt(modulus);
  let inverse = BigInt(odd);
  for (let bits = 3; bits < 28; bits *= 2) inverse = (inverse * (2n - BigInt(odd) * inverse)) % wide;
  return Number(((inverse % wide) + wide) % wide);
}

const GATHER = inverseOf(SCATTER, POSITIONS);

/** The id of what stands at a position of a shard: unique among its last 67 million. */
export function requestIdOf(shard: number, position: number): string {
  const scattered = ((position % POSITIONS) * SCATTER) % POSITIONS;
  return (scattered * REQUEST_LOG_SHARDS + shard).toString(16).padStart(7, '0');
}

/** The shard that a request id (7 hex digits) leads to. */
export function shardOfRequestId(id: string): number {
  return Number.parseInt(id, 16) % REQUEST_LOG_SHARDS;
}

/** The newest position, `lastPosition` at most, that has this id; 0 or less: none has. */
export function positionOfRequestId(id: string, lastPosition: number): number {
  const scattered = Math.floor(Number.parseInt(id, 16) / REQUEST_LOG_SHARDS);
  const position = Number((BigInt(scattered) * BigInt(GATHER)) % BigInt(POSITIONS));
  return position + Math.floor((lastPosition - position) / POSITIONS) * POSITIONS;
}
