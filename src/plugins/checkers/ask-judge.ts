import type { DialError, DialResponse, HeaderList } from '../../platform/net/dialer.ts';
import { type CheckContext, type CheckFinding, STAGE_TIMEOUT_MS } from './checker.types.ts';
import { inconclusive } from './findings.ts';

/** The one port that careful proxies tunnel to (Squid's default): a refusal for another says nothing of them. */
const TLS_PORT = '443';

/** The judge answers 8 KiB at most; more is not its answer. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** One request for the judge through the proxy, within what is left of the round. Throws `DialError`. */
export function askJudge(context: CheckContext, url: URL, headers: HeaderList): Promise<DialResponse> {
  const { proxy, dialer, opened, remainingMs } = context;
  const over = opened.connection;
  opened.connection = null;
  return dialer.request({
    endpoint: proxy,
    over,
    url,
    headers,
    limits: { maxBodyBytes: MAX_ANSWER_BYTES },
    deadlines: { totalMs: Math.min(STAGE_TIMEOUT_MS, remainingMs()) },
  });
}

/** Where the judge has a TLS side, a CONNECT proxy is judged there alone: it promises a tunnel to 443 and no more. */
export function asksPlainly({ proxy, judge }: Pick<CheckContext, 'proxy' | 'judge'>): boolean {
  return proxy.protocol !== 'https' || judge.createTlsRequest === null;
}

/** Answers of an HTTP proxy that opens no tunnels to any port. */
const NO_TUNNELS = [405, 501];

/** What a tunnel to a port other than 443 is worth when it is refused for its port; null for any other failure. */
export function refusedPort(error: DialError, url: URL): CheckFinding | null {
  const port = url.port || (url.protocol === 'https:' ? TLS_PORT : '80');
  const isRefused = error.code === 'tunnel_refused' && !NO_TUNNELS.includes(error.reply ?? 0);
  if (!isRefused || port === TLS_PORT) return null;
  return inconclusive(`It refuses to tunnel to port ${port} (${error.reply}), which many allow for 443 only.`);
}
