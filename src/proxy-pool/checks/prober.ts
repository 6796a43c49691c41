import { WorkerEntrypoint } from 'cloudflare:workers';
import { configOf } from '../../config.ts';
import { systemClock } from '../../platform/clock.ts';
import { createSecretBox } from '../../platform/secrets.ts';
import { checkers } from '../../plugins/checkers/checker.registry.ts';
import { createJudge } from '../judge/judge.service.ts';
import { createRoundJudge } from '../judge/round-judge.ts';
import { dialerOf, openProxy } from '../proxy-access.ts';
import type { ProbeReport, ProbeRequest } from './checks.types.ts';
import { probe } from './probe.ts';

/** Neither the proxy's fault nor a reason to stop the batch: the key it was sealed with is gone. */
const unreadablePassword: ProbeReport = {
  outcome: 'inconclusive',
  results: [],
  latencyMs: null,
  evidence: null,
  supportsTunnel: null,
};

/**
 * Checks one proxy a call, in an invocation of its own: a connect that hangs can't be cancelled, and is freed only when
 * its invocation ends. With several in one, the slowest would hold up the results of the others. Called as
 * `ctx.exports.Prober`, never over the network.
 */
export class Prober extends WorkerEntrypoint<Env> {
  /** A round of one proxy; its password is opened here and nowhere else. Throws when the Worker can't check at all. */
  async probe(request: ProbeRequest): Promise<ProbeReport> {
    const config = configOf(this.env);
    if (config.JUDGE_URL === '') throw new Error('JUDGE_URL is empty');
    const { ALLOW_PRIVATE_NETWORKS: allowPrivateNetworks, ENCRYPTION_KEY, JUDGE_SECRET } = config;
    const judge = createJudge({ secret: JUDGE_SECRET, clock: systemClock, allowPrivateNetworks });
    const proxy = await openProxy(request, createSecretBox(ENCRYPTION_KEY));
    if (proxy === null) return unreadablePassword;
    return probe({
      proxy,
      checkers,
      dialer: dialerOf(config),
      judge: createRoundJudge({
        judge,
        judgeUrl: config.JUDGE_URL,
        judgeTlsUrl: config.JUDGE_TLS_URL,
        tlsFingerprints: config.JUDGE_TLS_FINGERPRINTS,
        proxyId: request.id,
        proxyIp: proxy.ip,
      }),
      clock: systemClock,
    });
  }
}
