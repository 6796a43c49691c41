import ipaddr from 'ipaddr.js';
import type { ByteChannel } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { parseIpLiteral } from './public-address.ts';

/** Longest user id or name: the protocol sets no limit, servers read into a buffer of 256. */
export const MAX_SOCKS4_TEXT_BYTES = 255;

const GRANTED = 90;
const REFUSED = 91;
/** The server could not ask the client's identd, or it named another user: what SOCKS4 has of authentication. */
const IDENTITY_REFUSALS = [92, 93];

function textBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.byteLength > MAX_SOCKS4_TEXT_BYTES || bytes.includes(0)) throw new DialError('http', 'invalid_request');
  return bytes;
}

/** The request of SOCKS4 for an IPv4 target, of SOCKS4a for a name (address 0.0.0.1, then the name). IPv6 has no form here. */
export function encodeSocks4Request(target: TunnelTarget, userId: string): Uint8Array {
  const address = parseIpLiteral(target.hostname);
  if (address instanceof ipaddr.IPv6) throw new DialError('address', 'target_unsupported');
  const ip = address ? address.toByteArray() : [0, 0, 0, 1];
  const name = address ? [] : [...textBytes(target.hostname), 0];
  return Uint8Array.from([4, 1, target.port >> 8, target.port & 0xff, ...ip, ...textBytes(userId), 0, ...name]);
}

/**
 * Asks a SOCKS4 proxy for a tunnel (the protocol's text by Koblas and Lee, and its 4A extension). Refusals carry the
 * server's code as `reply`; anything but the eight bytes of an answer is `tunnel_protocol`.
 */
export async function socks4Handshake(
  channel: ByteChannel,
  endpoint: ProxyEndpoint,
  target: TunnelTarget,
  deadline: Deadline,
): Promise<void> {
  const stage = 'proxy_handshake';
  await channel.write(encodeSocks4Request(target, endpoint.username ?? ''), deadline);
  const [version, code = 0] = await channel.reader.readExactly(2, deadline);
  if (version !== 0) throw new DialError(stage, 'tunnel_protocol');
  if (IDENTITY_REFUSALS.includes(code)) throw new DialError(stage, 'proxy_auth', code);
  if (code === REFUSED) throw new DialError(stage, 'tunnel_refused', code);
  if (code !== GRANTED) throw new DialError(stage, 'tunnel_protocol');
  await channel.reader.readExactly(6, deadline);
}
