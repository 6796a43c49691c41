/** What one account's sessions say of a proxy since its last round. */
export interface OutcomeVoice {
  accountId: string;
  successes: number;
  failures: number;
}

/** Weight of what all sessions together say beside a round's own UPTIME_ALPHA of 0.1: half of it at most. */
export const OUTCOMES_ALPHA = 0.05;
/** As many accounts have that weight in full; each alone has a fifth, however often it says the same. */
export const FULL_VOICES = 5;
/** Accounts that are listened to in a round. */
export const MAX_VOICES = 100;

/**
 * An uptime (0 to 1, six decimals) after what sessions said. Every account is one voice, the share of its sessions that
 * succeeded, so nobody can shout: against checks that all pass, one account alone takes 0.09 of the uptime at most, which
 * is 0.04 of the score, and any number of them 0.35. What is dead or leasable is for the checks alone to say.
 */
export function withOutcomes(uptime: number, voices: readonly OutcomeVoice[]): number {
  if (voices.length === 0) return uptime;
  const share =
    voices.reduce((sum, { successes, failures }) => sum + successes / (successes + failures), 0) / voices.length;
  const alpha = OUTCOMES_ALPHA * Math.min(1, voices.length / FULL_VOICES);
  return Math.round((uptime + alpha * (share - uptime)) * 1e6) / 1e6;
}
