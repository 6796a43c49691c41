import { OTHER_EXIT } from './lab/catalogue.ts';
import type { CertifiedIdentity } from './lab/certificate.ts';
import type { LabProxy } from './lab/lab-proxy.ts';

/** Address → place, in the form of the variable `LAB_GEO`. */
export function labGeo(proxies: readonly LabProxy[]): string {
  const places = proxies.map(({ address, country, asn }) => [address, { country, asn }] as const);
  const isAbroadToo = proxies.some(({ behaviour }) => behaviour.kind === 'exit-mover');
  const abroad = isAbroadToo ? { [OTHER_EXIT.address]: OTHER_EXIT.place } : {};
  return JSON.stringify({ ...Object.fromEntries(places), ...abroad });
}

/** The name that the lab's proxies can resolve, and that the judge's certificate is for. */
export const JUDGE_TLS_HOST = 'localhost';

/** What tells the checks of the judge's TLS side, and whom to trust there. */
export function judgeTlsVars(port: number, { root, fingerprint }: CertifiedIdentity): Record<string, string> {
  return {
    JUDGE_TLS_URL: `https://${JUDGE_TLS_HOST}:${port}/judge`,
    JUDGE_TLS_FINGERPRINTS: fingerprint,
    TLS_EXTRA_ROOTS: root,
  };
}

interface LocalRun {
  /** Of the API. */
  port: number;
  /** Those of the lab; none when it does not run. */
  proxies: readonly LabProxy[];
  /** The judge's TLS side, where there is one. */
  judgeTls?: { port: number; identity: CertifiedIdentity };
  /** Lists of the internet are scraped. */
  hasPublicSources: boolean;
}

/** What a local run sets differently from `[vars]` in wrangler.toml. */
export function localVars({ port, proxies, judgeTls, hasPublicSources }: LocalRun): Record<string, string> {
  return {
    // The lab lives on loopback; entries of a stranger's list must not lead into this machine's networks.
    ALLOW_PRIVATE_NETWORKS: hasPublicSources && proxies.length === 0 ? 'false' : 'true',
    REGISTRATION: 'open',
    SIGNUP_CREDITS: '100',
    PUBLIC_FEED: 'true',
    CHECK_INTERVAL_SECONDS: '60',
    // Who tries it out with a loop shall not meet the limit before the machine's own.
    REQUESTS_PER_MINUTE: '60000',
    // To a public proxy 127.0.0.1 is the proxy itself: it would be asked for nothing, fail, and die.
    JUDGE_URL: hasPublicSources ? '' : `http://127.0.0.1:${port}/judge`,
    LAB_GEO: labGeo(proxies),
    ...(judgeTls && !hasPublicSources ? judgeTlsVars(judgeTls.port, judgeTls.identity) : {}),
  };
}
