import type { Config } from './platform/env.ts';
import { dnsOverHttpsResolver } from './platform/net/doh.ts';
import type { AddressPolicy } from './platform/net/public-url.ts';

/** What a URL or an address from a caller may lead to. */
export function addressPolicyOf(config: Config): AddressPolicy {
  const { ALLOW_PRIVATE_NETWORKS: allowPrivateNetworks, DNS_OVER_HTTPS_URL: resolverUrl } = config;
  if (resolverUrl === '') return { allowPrivateNetworks };
  return { allowPrivateNetworks, resolve: dnsOverHttpsResolver((url, init) => fetch(url, init), resolverUrl) };
}
