import { WorkerEntrypoint } from 'cloudflare:workers';
import { configOf } from '../../config.ts';
import { createSecretBox } from '../../platform/secrets.ts';
import { dialerOf, openProxy } from '../proxy-access.ts';
import { askTarget } from './ask-target.ts';
import type { TargetOutcome } from './target-outcome.model.ts';
import type { TargetTestRequest } from './target-tests.service.ts';

/**
 * Asks a target through one proxy a call, in an invocation of its own: each has its own connections, and what hangs is
 * freed when it ends. Called as `exports.TargetTester`, never over the network.
 */
export class TargetTester extends WorkerEntrypoint<Env> {
  async ask({ proxy, url, timeoutMs }: TargetTestRequest): Promise<TargetOutcome> {
    const config = configOf(this.env);
    const endpoint = await openProxy(proxy, createSecretBox(config.ENCRYPTION_KEY));
    if (endpoint === null) throw new Error('The password of the proxy can not be opened.');
    return askTarget(dialerOf(config), { proxy: endpoint, url, timeoutMs });
  }
}
