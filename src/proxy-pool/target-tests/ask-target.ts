import { DialError, type Dialer, type ProxyEndpoint } from '../../platform/net/dialer.ts';
import { answeredOutcome, failedOutcome, type TargetOutcome } from './target-outcome.model.ts';

export interface TargetQuestion {
  proxy: ProxyEndpoint;
  url: string;
  timeoutMs: number;
}

/** Asks a target for a page through a proxy and listens until the head of the answer. Redirects are answers. */
export async function askTarget(dialer: Dialer, { proxy, url, timeoutMs }: TargetQuestion): Promise<TargetOutcome> {
  const limits = { tcpMs: timeoutMs, proxyHandshakeMs: timeoutMs, tlsMs: timeoutMs, httpMs: timeoutMs };
  try {
    const { status, timings } = await dialer.request({
      endpoint: proxy,
      url,
      headers: [['Accept', '*/*']],
      headOnly: true,
      deadlines: { ...limits, totalMs: timeoutMs },
    });
    return answeredOutcome(status, timings.totalMs, timings.tunnelMs !== null);
  } catch (error) {
    if (error instanceof DialError) return failedOutcome(error, proxy.protocol);
    throw error;
  }
}
