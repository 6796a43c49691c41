import type { Clock } from '../../platform/clock.ts';
import type { ProxyEndpoint } from '../../platform/net/proxy-endpoint.ts';
import { parseIpLiteral } from '../../platform/net/public-address.ts';
import { type AddressPolicy, assertPublicHost } from '../../platform/net/public-url.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import { passwordContext } from '../../proxy-pool/proxies/proxy-upsert.store.ts';
import { parseProxyAddress } from './address.model.ts';
import type { ResolvedIp, RoutingConfiguration } from './configuration.types.ts';

/** How long an answer of DNS counts; providers move their names seldom, and a dial that fails is retried elsewhere. */
export const NAME_CACHE_MS = 60_000;
/** Names of proxies in use at a time; beyond it the oldest answers go. */
export const MAX_CACHED_NAMES = 1_000;

/** Binds a provider's password to the provider. */
export function providerPasswordContext(providerName: string): string {
  return `routing-provider-password:${providerName}`;
}

export type NameCache = Map<string, { ip: string; untilMs: number }>;

interface Dependencies {
  secretBox: SecretBox;
  policy: AddressPolicy;
  clock: Clock;
  cache: NameCache;
}

interface Credentials {
  username: string | null;
  passwordSealed: string | null;
  context: string;
}

function credentialsOf({ providers }: RoutingConfiguration, { provider, proxyId }: ResolvedIp): Credentials | null {
  const found = providers.get(provider);
  if (!found) return null;
  if (proxyId === undefined) {
    const { username, passwordSealed } = found;
    return { username, passwordSealed, context: providerPasswordContext(provider) };
  }
  const member = found.members.find((one) => one.proxyId === proxyId);
  return member ? { ...member, context: passwordContext(proxyId) } : null;
}

/** False for an address of a provider, or a proxy of the inventory, that a configuration does not have. */
export function isKnownTo(configuration: RoutingConfiguration, resolved: ResolvedIp): boolean {
  return credentialsOf(configuration, resolved) !== null;
}

/** From an address that a target rotates over to what the dialer takes. */
export function createProviderEndpoints({ secretBox, policy, clock, cache }: Dependencies) {
  async function lookUp(host: string): Promise<string | null> {
    if (parseIpLiteral(host)) return host;
    // The one name that no resolver knows, and that means one thing everywhere.
    if (host === 'localhost' && policy.allowPrivateNetworks) return '127.0.0.1';
    const known = cache.get(host);
    if (known && known.untilMs > clock.nowMs()) return known.ip;
    const judged = await assertPublicHost(host, policy).catch(() => []);
    const [ip] = judged.length > 0 || !policy.allowPrivateNetworks ? judged : await resolveAnyhow(host);
    if (ip === undefined) return null;
    cache.delete(host);
    if (cache.size >= MAX_CACHED_NAMES) cache.delete(cache.keys().next().value ?? '');
    cache.set(host, { ip, untilMs: clock.nowMs() + NAME_CACHE_MS });
    return ip;
  }

  /** Where every address may be dialled, none is judged, and so none was looked up. */
  async function resolveAnyhow(host: string): Promise<string[]> {
    return (await policy.resolve?.(host).catch(() => [])) ?? [];
  }

  return {
    /**
     * Whom to dial for an address of a target; null when its provider has gone meanwhile, or its name can't be resolved
     * to public addresses: the same as a proxy that does not answer.
     */
    async endpointOf(configuration: RoutingConfiguration, resolved: ResolvedIp): Promise<ProxyEndpoint | null> {
      const address = parseProxyAddress(resolved.address);
      const credentials = credentialsOf(configuration, resolved);
      const ip = address && credentials && (await lookUp(address.host));
      if (!address || !credentials || !ip) return null;
      const { username, passwordSealed, context } = credentials;
      const password = passwordSealed === null ? null : await secretBox.open(passwordSealed, context);
      return { protocol: address.protocol, ip, port: address.port, username, password };
    },
  };
}

export type ProviderEndpoints = ReturnType<typeof createProviderEndpoints>;
