import type { TamperVerdict } from '../../plugins/checkers/checker.types.ts';

/** What each verdict means, for people. */
const VERDICT_WORDS: Record<TamperVerdict, string> = {
  signature: "it made up the judge's answer, or changed what it says",
  replay: 'it gave an old or kept answer for a new one',
  body_diff: 'it changed an answer on its way',
  header_leak: 'it gave away to the site who its user is, or a password',
  always_200: 'it answered with a page of its own, or as if nothing had failed',
  exit_ip: 'its exit moved to another country between two requests',
  tls_mitm: 'it opened TLS connections with a certificate of its own, so that it could read them',
};

export interface TrustFacts {
  lies: number;
  probationRounds: number;
  caughtVerdict: TamperVerdict | null;
  /** RFC 3339, or null when it was never caught. */
  caughtAt: string | null;
}

/** What the checks remember of a proxy's honesty, in plain words. */
export function describeTrust({ lies, probationRounds, caughtVerdict, caughtAt }: TrustFacts): string {
  if (caughtVerdict === null || caughtAt === null) return 'Never caught lying.';
  const times = lies === 1 ? 'once' : `${lies} times`;
  const caught = `Caught lying ${times}, last at ${caughtAt}: ${VERDICT_WORDS[caughtVerdict]}.`;
  if (probationRounds === 0) return `${caught} It has passed all rounds that were asked of it since.`;
  const rounds = probationRounds === 1 ? '1 more round' : `${probationRounds} more rounds in a row`;
  return `${caught} However fast it is, it is not leased until it has passed ${rounds}.`;
}
