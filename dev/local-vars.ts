import { OTHER_EXIT } from './lab/catalogue.ts';
import type { LabProxy } from './lab/lab-proxy.ts';

/** Address → place, in the form of the variable `LAB_GEO`. */
export function labGeo(proxies: readonly LabProxy[]): string {
  const places = proxies.map(({ address, country, asn }) => [address, { country, asn }] as const);
  const isAbroadToo = proxies.some(({ behaviour }) => behaviour.kind === 'exit-mover');
  const abroad = isAbroadToo ? { [OTHER_EXIT.address]: OTHER_EXIT.place } : {};
  return JSON.stringify({ ...Object.fromEntries(places), ...abroad });
}

interface LocalRun {
  /** Of the API. */
  port: number;
  /** Those of the lab; none when it does not run. */
  proxies: readonly LabProxy[];
  /** Lists of the internet are scraped. */
  hasPublicSources: boolean;
}

/** What a local run sets differently from `[vars]` in wrangler.toml. */
export function localVars({ port, proxies, hasPublicSources }: LocalRun): Record<string, string> {
  return {
    // The lab lives on loopback; entries of a stranger's list must not lead into this machine's networks.
    ALLOW_PRIVATE_NETWORKS: hasPublicSources && proxies.length === 0 ? 'false' : 'true',
    REGISTRATION: 'open',
    SIGNUP_CREDITS: '100',
    CHECK_INTERVAL_SECONDS: '60',
    // Who tries it out with a loop shall not meet the limit before the machine's own.
    REQUESTS_PER_MINUTE: '60000',
    // To a public proxy 127.0.0.1 is the proxy itself: it would be asked for nothing, fail, and die.
    JUDGE_URL: hasPublicSources ? '' : `http://127.0.0.1:${port}/judge`,
    LAB_GEO: labGeo(proxies),
  };
}
