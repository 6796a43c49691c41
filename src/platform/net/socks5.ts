import type { ByteChannel } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { parseIpLiteral } from './public-address.ts';

/** One length byte stands before each text (RFC 1928 §5, RFC 1929 §2). */
export const MAX_SOCKS5_TEXT_BYTES = 255;

const VERSION = 5;
const AUTH_VERSION = 1;
const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;
const NO_ACCEPTABLE_METHOD = 0xff;
const ADDRESS_IPV4 = 1;
const ADDRESS_NAME = 3;
const ADDRESS_IPV6 = 4;
const LAST_REPLY_CODE = 8;
const STAGE = 'proxy_handshake';

function lengthAndBytes(text: string, minimum: number): number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.byteLength < minimum || bytes.byteLength > MAX_SOCKS5_TEXT_BYTES) {
    throw new DialError('http', 'invalid_request');
  }
  return [bytes.byteLength, ...bytes];
}

/** The CONNECT request of RFC 1928 §4: an IPv4 or IPv6 literal as such, anything else as a name for the proxy to resolve. */
export function encodeSocks5Request(target: TunnelTarget): Uint8Array {
  const address = parseIpLiteral(target.hostname);
  const encoded = address
    ? [address.kind() === 'ipv4' ? ADDRESS_IPV4 : ADDRESS_IPV6, ...address.toByteArray()]
    : [ADDRESS_NAME, ...lengthAndBytes(target.hostname, 1)];
  return Uint8Array.from([VERSION, 1, 0, ...encoded, target.port >> 8, target.port & 0xff]);
}

/** User name and password as RFC 1929 §2 has them. */
export function encodeSocks5Credentials(username: string, password: string): Uint8Array {
  return Uint8Array.from([AUTH_VERSION, ...lengthAndBytes(username, 0), ...lengthAndBytes(password, 0)]);
}

async function authenticate(channel: ByteChannel, endpoint: ProxyEndpoint, deadline: Deadline): Promise<void> {
  const methods = endpoint.username === null ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME_PASSWORD];
  const credentials =
    endpoint.username === null ? null : encodeSocks5Credentials(endpoint.username, endpoint.password ?? '');
  await channel.write(Uint8Array.from([VERSION, methods.length, ...methods]), deadline);
  const [version, method] = await channel.reader.readExactly(2, deadline);
  if (version !== VERSION) throw new DialError(STAGE, 'tunnel_protocol');
  if (method === NO_ACCEPTABLE_METHOD) throw new DialError(STAGE, 'proxy_auth', method);
  if (method === NO_AUTHENTICATION) return;
  if (method !== USERNAME_PASSWORD || !credentials) throw new DialError(STAGE, 'tunnel_protocol');
  await channel.write(credentials, deadline);
  const [authVersion, status] = await channel.reader.readExactly(2, deadline);
  // Some servers repeat the protocol's version here; the status is what counts.
  if (authVersion !== AUTH_VERSION && authVersion !== VERSION) throw new DialError(STAGE, 'tunnel_protocol');
  if (status !== 0) throw new DialError(STAGE, 'proxy_auth', status);
}

/** Reads past the address that the proxy says it is bound to (RFC 1928 §6). */
async function skipBoundAddress(channel: ByteChannel, deadline: Deadline): Promise<void> {
  const [reserved, type] = await channel.reader.readExactly(2, deadline);
  if (reserved !== 0) throw new DialError(STAGE, 'tunnel_protocol');
  if (type === ADDRESS_IPV4) await channel.reader.readExactly(4 + 2, deadline);
  else if (type === ADDRESS_IPV6) await channel.reader.readExactly(16 + 2, deadline);
  else if (type === ADDRESS_NAME) {
    const [length = 0] = await channel.reader.readExactly(1, deadline);
    await channel.reader.readExactly(length + 2, deadline);
  } else throw new DialError(STAGE, 'tunnel_protocol');
}

/**
 * Asks a SOCKS5 proxy for a tunnel (RFC 1928), with user name and password when there are any (RFC 1929). Refused
 * credentials, or none accepted, are `proxy_auth`; other refusals `tunnel_refused` with the server's reply code.
 */
export async function socks5Handshake(
  channel: ByteChannel,
  endpoint: ProxyEndpoint,
  target: TunnelTarget,
  deadline: Deadline,
): Promise<void> {
  const request = encodeSocks5Request(target);
  await authenticate(channel, endpoint, deadline);
  await channel.write(request, deadline);
  const [version, reply = 0] = await channel.reader.readExactly(2, deadline);
  if (version !== VERSION || reply > LAST_REPLY_CODE) throw new DialError(STAGE, 'tunnel_protocol');
  // A refusal is one already here: servers often send no more of it.
  if (reply !== 0) throw new DialError(STAGE, 'tunnel_refused', reply);
  await skipBoundAddress(channel, deadline);
}
