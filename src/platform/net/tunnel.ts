import type { ByteChannel } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';
import { connectHandshake } from './http-connect.ts';
import type { Llhttp } from './llhttp/llhttp.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { type AddressPolicy, assertPublicHost, bareHost, MAX_HOSTNAME_LENGTH } from './public-url.ts';
import { socks4Handshake } from './socks4.ts';
import { socks5Handshake } from './socks5.ts';

const TARGET_HOSTNAME = /^[A-Za-z0-9._:-]+$/;
const MAX_PORT = 65_535;

/**
 * Judges where a tunnel would lead, since a proxy blocks nothing by itself: grammar first, then the address policy. The
 * proxy resolves names, so only their spelling is judged. Returns the target with brackets taken off.
 */
export async function assertTunnelTarget(target: TunnelTarget, policy: AddressPolicy): Promise<TunnelTarget> {
  const hostname = bareHost(target.hostname);
  const isWellFormed = hostname.length <= MAX_HOSTNAME_LENGTH && TARGET_HOSTNAME.test(hostname);
  if (!isWellFormed || !Number.isInteger(target.port) || target.port < 1 || target.port > MAX_PORT) {
    throw new DialError('address', 'invalid_request');
  }
  try {
    await assertPublicHost(hostname, { allowPrivateNetworks: policy.allowPrivateNetworks });
  } catch {
    throw new DialError('address', 'address_not_allowed');
  }
  return { hostname, port: target.port };
}

/** Has the proxy at the other end of the channel open a tunnel, in its own protocol. */
export function tunnelHandshake(
  channel: ByteChannel,
  endpoint: ProxyEndpoint,
  target: TunnelTarget,
  llhttp: Llhttp,
  deadline: Deadline,
): Promise<void> {
  switch (endpoint.protocol) {
    case 'http':
    case 'https':
      return connectHandshake(channel, endpoint, target, llhttp, deadline);
    case 'socks4':
      return socks4Handshake(channel, endpoint, target, deadline);
    case 'socks5':
      return socks5Handshake(channel, endpoint, target, deadline);
  }
}
