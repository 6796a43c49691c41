import type { LabProxy } from './lab/lab-proxy.ts';

/** Address → place, in the form of the variable `LAB_GEO`. */
export function labGeo(proxies: readonly LabProxy[]): string {
  return JSON.stringify(Object.fromEntries(proxies.map(({ address, country, asn }) => [address, { country, asn }])));
}

/** What a local run sets differently from `[vars]` in wrangler.toml. */
export function localVars(local: { port: number; proxies: readonly LabProxy[] }): Record<string, string> {
  return {
    // The lab lives on loopback.
    ALLOW_PRIVATE_NETWORKS: 'true',
    REGISTRATION: 'open',
    SIGNUP_CREDITS: '100',
    CHECK_INTERVAL_SECONDS: '60',
    JUDGE_URL: `http://127.0.0.1:${local.port}/judge`,
    LAB_GEO: labGeo(local.proxies),
  };
}
