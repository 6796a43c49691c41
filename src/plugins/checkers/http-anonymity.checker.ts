import { DialError, type DialResponse } from '../../platform/net/dialer.ts';
import { askJudge, asksPlainly, refusedPort } from './ask-judge.ts';
import type { CheckContext, CheckFinding, ProxyChecker } from './checker.types.ts';
import { describeExit, failed, failedDial, passed, tampered } from './findings.ts';

async function judgeAnswer(response: DialResponse, nonce: string, context: CheckContext): Promise<CheckFinding> {
  if (response.status === 407) return failed('It wants a user name and password, or refused the ones it got.');
  if (response.status !== 200) {
    return failed(`The request for the judge came back with HTTP ${response.status}.`);
  }
  const reading = await context.judge.read(response, nonce);
  if (!reading.ok) return tampered(reading.verdict, reading.reason);
  const { evidence } = reading;
  return passed({
    detail: describeExit(evidence),
    latencyMs: response.timings.totalMs,
    evidence,
    // Absolute-form requests need no tunnel, so they tell nothing of one.
    supportsTunnel: context.proxy.protocol === 'http' ? null : true,
  });
}

/** Stage 2: one request through the proxy to our own judge, which says what it saw and signs it. */
export const httpAnonymityChecker: ProxyChecker = {
  name: 'http_anonymity',
  stage: 2,
  priority: 0,
  applies: asksPlainly,
  async check(context) {
    const { proxy, judge } = context;
    const { url, nonce } = await judge.createRequest();
    try {
      // A page, since that is what is tampered with for money.
      const response = await askJudge(context, url, [['Accept', 'text/html']]);
      return await judgeAnswer(response, nonce, context);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      // Only a CONNECT proxy is known by the ports that it allows.
      const refused = proxy.protocol === 'https' ? refusedPort(error, url) : null;
      return refused ?? failedDial(error);
    }
  },
};
