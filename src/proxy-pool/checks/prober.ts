import { WorkerEntrypoint } from 'cloudflare:workers';
import { configOf } from '../../config.ts';
import { systemClock } from '../../platform/clock.ts';
import { createDialer } from '../../platform/net/dialer.ts';
import { createSecretBox } from '../../platform/secrets.ts';
import { checkers } from '../../plugins/checkers/checker.registry.ts';
import type { CheckJudge } from '../../plugins/checkers/checker.types.ts';
import { createJudge } from '../judge/judge.service.ts';
import { passwordContext } from '../proxies/proxy-upsert.store.ts';
import type { ProbeReport, ProbeRequest } from './checks.types.ts';
import { probe } from './probe.ts';

/** The judge's URL for a request; a JUDGE_URL without a path means `/judge`. */
export function judgeRequestUrl(judgeUrl: string, nonce: string): URL {
  const url = new URL(judgeUrl);
  if (url.pathname === '/') url.pathname = '/judge';
  url.searchParams.set('nonce', nonce);
  return url;
}

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
    const box = createSecretBox(ENCRYPTION_KEY);
    const { id, ip, port, protocol, username, passwordSealed } = request;
    const password =
      passwordSealed === null ? null : await box.open(passwordSealed, passwordContext(id)).catch(() => undefined);
    if (password === undefined) return unreadablePassword;
    const checkJudge: CheckJudge = {
      async createRequest() {
        const nonce = await judge.mint(id);
        return { nonce, url: judgeRequestUrl(config.JUDGE_URL, nonce) };
      },
      read: (body, nonce) => judge.read(new TextDecoder().decode(body), { nonce, proxyIp: ip }),
    };
    return probe({
      proxy: { protocol, ip, port, username, password },
      checkers,
      dialer: createDialer({ allowPrivateNetworks, extraRoots: config.TLS_EXTRA_ROOTS }),
      judge: checkJudge,
      clock: systemClock,
    });
  }
}
