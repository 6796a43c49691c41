import type { DialError } from '../../platform/net/dialer.ts';
import type { CheckContext, CheckFinding } from './checker.types.ts';
import { inconclusive } from './findings.ts';

/** The one port that careful proxies tunnel to (Squid's default): a refusal for another says nothing of them. */
const TLS_PORT = '443';

/** Where the judge has a TLS side, a CONNECT proxy is judged there alone: it promises a tunnel to 443 and no more. */
export function asksPlainly({ proxy, judge }: Pick<CheckContext, 'proxy' | 'judge'>): boolean {
  return proxy.protocol !== 'https' || judge.createTlsRequest === null;
}

/** What a CONNECT for a port other than 443 is worth when it is refused; null for any other failure. */
export function refusedPort(error: DialError, url: URL): CheckFinding | null {
  const port = url.port || (url.protocol === 'https:' ? TLS_PORT : '80');
  if (error.code !== 'tunnel_refused' || port === TLS_PORT) return null;
  return inconclusive(`It refuses to tunnel to port ${port} (${error.reply}), which many allow for 443 only.`);
}
