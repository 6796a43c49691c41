import { DialError, type DialResponse } from '../../platform/net/dialer.ts';
import { askJudge, asksPlainly } from './ask-judge.ts';
import { type CheckContext, type CheckFinding, type ProxyChecker, STATUS_HEADER } from './checker.types.ts';
import { failed, failedDial, passed, tampered } from './findings.ts';

/** What the judge may have answered: its error page, or its usual answer when a proxy dropped our header. */
const JUDGE_STATUSES = [200, 404];

async function judgeSecondAnswer(
  response: DialResponse,
  nonce: string,
  { judge }: CheckContext,
): Promise<CheckFinding> {
  if (!JUDGE_STATUSES.includes(response.status)) {
    return failed(`The second request for the judge came back with HTTP ${response.status}.`);
  }
  const reading = await judge.read(response, nonce);
  if (!reading.ok) return tampered(reading.verdict, reading.reason);
  if (reading.status !== response.status) {
    return tampered('always_200', `it turned the judge's HTTP ${reading.status} into ${response.status}`);
  }
  return passed({
    detail: 'a second answer is a new one, unchanged, an error stays one, and the exit is where it was',
    latencyMs: response.timings.totalMs,
  });
}

/**
 * Stage 2, the second look: the same URL again, this time as an error page. It finds who answers from a cache, who turns
 * errors into successes, and whose exit moves.
 */
export const httpIntegrityChecker: ProxyChecker = {
  name: 'http_integrity',
  stage: 2,
  priority: 1,
  applies: asksPlainly,
  async check(context) {
    const { url, nonce } = await context.judge.repeatRequest();
    try {
      const response = await askJudge(context, url, [
        ['Accept', 'application/json'],
        [STATUS_HEADER, '404'],
      ]);
      return await judgeSecondAnswer(response, nonce, context);
    } catch (error) {
      if (error instanceof DialError) return failedDial(error);
      throw error;
    }
  },
};
