import type { ByteChannel } from './connection.ts';
import { DialError } from './dial-error.ts';
import type { Dialer, DialRequest, DialResponse, TlsPeer } from './dialer.types.ts';
import { proxyAuthorizationFor } from './http-connect.ts';
import { exchange } from './http-exchange.ts';
import { encodeRequestHead } from './http-request.ts';
import { DEFAULT_RESPONSE_LIMITS } from './http-response.ts';
import { Dial, type DialerParts } from './one-dial.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { bareHost } from './public-url.ts';
import { assertTunnelTarget } from './tunnel.ts';

/** One upload through the dialer: requests here are probes and small API calls. */
export const MAX_REQUEST_BODY_BYTES = 1024 * 1024;

function parseUrl(input: string | URL): URL {
  if (typeof input === 'string' && !URL.canParse(input)) throw new DialError('address', 'invalid_request');
  const url = new URL(input);
  const isAllowed = (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password;
  if (!isAllowed || url.hostname === '') throw new DialError('address', 'invalid_request');
  return url;
}

function encodeHead(request: DialRequest, url: URL, absoluteThrough: ProxyEndpoint | null): Uint8Array {
  const body = request.body ?? null;
  if (body && body.byteLength > MAX_REQUEST_BODY_BYTES) throw new DialError('http', 'invalid_request');
  const path = `${url.pathname}${url.search}`;
  return encodeRequestHead({
    method: request.method ?? 'GET',
    target: absoluteThrough ? `http://${url.host}${path}` : path,
    authority: url.host,
    headers: request.headers ?? [],
    proxyAuthorization: absoluteThrough ? proxyAuthorizationFor(absoluteThrough) : null,
    contentLength: body ? body.byteLength : null,
  });
}

/** Opens what the request is to be written to, up to TLS with the target. */
async function openChannel(
  dial: Dial,
  request: DialRequest,
  url: URL,
  isAbsolute: boolean,
): Promise<ByteChannel & { tls?: TlsPeer }> {
  const { endpoint } = request;
  const isTls = url.protocol === 'https:';
  const target: TunnelTarget = { hostname: bareHost(url.hostname), port: Number(url.port || (isTls ? 443 : 80)) };
  let channel: ByteChannel;
  if (!endpoint) channel = await dial.direct(target.hostname, target.port);
  else if (isAbsolute) {
    await assertTunnelTarget(target, dial.parts);
    channel = await dial.toProxy(endpoint);
  } else channel = await dial.tunnel(endpoint, target);
  return isTls ? dial.secure(channel, target.hostname, 'tls') : channel;
}

async function runRequest(dial: Dial, request: DialRequest): Promise<DialResponse> {
  const { clock, llhttp, tls } = dial.parts;
  const url = parseUrl(request.url);
  const isTls = url.protocol === 'https:';
  if (isTls && !tls) throw new DialError('tls', 'tls_unavailable');
  // Absolute-form is the one case in which a proxy sees the request itself.
  const isAbsolute = request.endpoint?.protocol === 'http' && !isTls;
  const head = encodeHead(request, url, isAbsolute ? request.endpoint : null);
  const channel = await openChannel(dial, request, url, isAbsolute);
  const limits = { ...DEFAULT_RESPONSE_LIMITS, ...request.limits };
  const replyTo = request.headOnly ? 'head_only' : request.method === 'HEAD' ? 'HEAD' : 'other';
  const result = await dial.stage('http', dial.deadlines.httpMs, (deadline) => {
    return exchange(channel, { head, body: request.body ?? null, replyTo }, { llhttp, limits, clock, deadline });
  });
  channel.close();
  const { status, headers, body, firstByteMs } = result;
  const timings = { tcpMs: dial.tcpMs ?? 0, tunnelMs: dial.tunnelMs, firstByteMs, totalMs: dial.elapsedMs() };
  return { status, headers, body, timings, tls: isTls ? (channel.tls ?? null) : null };
}

/** The dialer over given parts; `createDialer` of dialer.ts supplies those of the platform. */
export function createDialerFrom(parts: DialerParts): Dialer {
  return {
    openTcp(endpoint, deadlines) {
      const dial = new Dial(parts, deadlines);
      return dial.run(() => dial.tcp(endpoint.ip, endpoint.port));
    },
    openTunnel(endpoint, target, deadlines) {
      const dial = new Dial(parts, deadlines);
      return dial.run(() => dial.tunnel(endpoint, target));
    },
    request(request) {
      const dial = new Dial(parts, request.deadlines);
      return dial.run(() => runRequest(dial, request));
    },
  };
}
