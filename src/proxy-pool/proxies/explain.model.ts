import { scorePartsOf } from '../scoring/scoring.model.ts';
import type { Anonymity, ProxyStatus } from './proxies.types.ts';

/** What the lease book of a pool says of a proxy; `unknown` also when it can't be asked. */
export type BookStanding = 'free' | 'leased' | 'held' | 'unknown';

/** Why a proxy is, or is not, to be had right now. */
export const standingCodes = {
  LEASABLE: 'It passed its last check and nobody has it: an acquire may get it.',
  LEASED: 'It is leased right now; it is free again when that lease ends.',
  FOLLOWED: 'A provider of routing has it for its targets; it can be leased again when that lets it go.',
  NOT_IN_BOOK: 'It passed its last check, and the lease book has yet to hear of it: that takes a minute at most.',
  UNCHECKED: 'It waits for its first check.',
  INCONCLUSIVE: 'Its checks could not judge it yet; it is tried again within the hour.',
  FAILING: 'It failed its last check; it is leased again when it passes one.',
  DEAD: 'It failed three rounds of checks in a row. It is tried again, ever more seldom, and deleted after seven days.',
  UNSUPPORTED:
    'The platform can’t reach it, or nobody should: IPv6, Cloudflare’s own addresses, ports of mail, SSH and DNS.',
} as const;
export type StandingCode = keyof typeof standingCodes;

export interface ExplainedFacts {
  status: ProxyStatus;
  leasable: boolean;
  anonymity: Anonymity | null;
  avgLatencyMs: number | null;
  uptime: number | null;
  lastCheckedAtMs: number | null;
  lastPassedAtMs: number | null;
}

function standingOf({ status, leasable, lastCheckedAtMs }: ExplainedFacts, standing: BookStanding): StandingCode {
  if (status === 'unsupported') return 'UNSUPPORTED';
  if (status === 'dead') return 'DEAD';
  if (status === 'unchecked') return lastCheckedAtMs === null ? 'UNCHECKED' : 'INCONCLUSIVE';
  if (!leasable) return 'FAILING';
  if (standing === 'free') return 'LEASABLE';
  if (standing === 'held') return 'FOLLOWED';
  return standing === 'leased' ? 'LEASED' : 'NOT_IN_BOOK';
}

/** What a proxy's score is made of, and whether it can be leased now and why. No parts while its score waits or is none. */
export function explain(facts: ExplainedFacts, standing: BookStanding) {
  const code = standingOf(facts, standing);
  const { uptime, lastPassedAtMs } = facts;
  const isScored = facts.status === 'active' && facts.leasable && uptime !== null && lastPassedAtMs !== null;
  return {
    // As it was at the check that made the score.
    score_parts: isScored ? scorePartsOf({ ...facts, uptime }, lastPassedAtMs) : null,
    leasable_now: code === 'LEASABLE',
    reason: { code, message: standingCodes[code] },
  };
}
