import type { CheckJudge, ExitEvidence, JudgeReading } from '../../plugins/checkers/checker.types.ts';
import type { Judge } from './judge.service.ts';
import { findInjectedHeader } from './leaks.model.ts';

/** The judge's URL for a request; a JUDGE_URL without a path means `/judge`. */
export function judgeRequestUrl(judgeUrl: string, nonce: string): URL {
  const url = new URL(judgeUrl);
  if (url.pathname === '/') url.pathname = '/judge';
  url.searchParams.set('nonce', nonce);
  return url;
}

interface RoundParts {
  judge: Pick<Judge, 'mint' | 'read'>;
  judgeUrl: string;
  /** Empty where the judge has no TLS side. */
  judgeTlsUrl: string;
  tlsFingerprints: readonly string[];
  proxyId: string;
  proxyIp: string;
}

/** True for two places that can not both be right; where the edge knows only one of them nothing is proved. */
function isElsewhere(first: ExitEvidence, second: ExitEvidence): boolean {
  return first.country !== null && second.country !== null && first.country !== second.country;
}

/**
 * The judge as one round of checks sees it. It remembers the round's answers, so that a copy of an earlier one and an exit
 * that moves are found: a cache answers a second question with the first answer, and a list of places is worth nothing
 * when each request leaves from another country.
 */
export function createRoundJudge(parts: RoundParts): CheckJudge {
  const { judge, judgeUrl, judgeTlsUrl, tlsFingerprints, proxyId, proxyIp } = parts;
  let latest: { url: URL; nonce: string } | null = null;
  let firstEvidence: ExitEvidence | null = null;
  const seenIds = new Set<string>();
  const createRequest = async () => {
    const nonce = await judge.mint(proxyId);
    latest = { nonce, url: judgeRequestUrl(judgeUrl, nonce) };
    return latest;
  };
  const createTlsRequest = async () => {
    const nonce = await judge.mint(proxyId);
    return { nonce, url: judgeRequestUrl(judgeTlsUrl, nonce) };
  };
  return {
    createRequest,
    createTlsRequest: judgeTlsUrl === '' ? null : createTlsRequest,
    tlsFingerprints,
    repeatRequest: async () => latest ?? createRequest(),
    async read({ headers, body }, nonce): Promise<JudgeReading> {
      const reading = await judge.read(new TextDecoder().decode(body), { nonce, proxyIp });
      if (!reading.ok) return reading;
      const { evidence, status, answerId } = reading;
      if (seenIds.has(answerId)) {
        return { ok: false, verdict: 'replay', reason: 'it answers from a cache that it was told not to keep' };
      }
      seenIds.add(answerId);
      const injected = findInjectedHeader(headers);
      if (injected !== null) {
        return { ok: false, verdict: 'body_diff', reason: `it puts a ${injected} header into answers` };
      }
      firstEvidence ??= evidence;
      if (isElsewhere(firstEvidence, evidence)) {
        const reason = `its exit moved from ${firstEvidence.country} to ${evidence.country} between two requests`;
        return { ok: false, verdict: 'exit_ip', reason };
      }
      return { ok: true, evidence, status };
    },
  };
}
