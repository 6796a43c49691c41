import type { ByteChannel } from './connection.ts';
import { DialError } from './dial-error.ts';
import type { Dialer, DialRequest, DialResponse, StreamRequest, StreamResponse, TlsPeer } from './dialer.types.ts';
import { proxyAuthorizationFor } from './http-connect.ts';
import { exchange } from './http-exchange.ts';
import { encodeRequestHead, type RequestHead } from './http-request.ts';
import { DEFAULT_RESPONSE_LIMITS } from './http-response.ts';
import { streamExchange } from './http-stream.ts';
import { Dial, type DialerParts } from './one-dial.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { bareHost } from './public-url.ts';
import { assertTunnelTarget } from './tunnel.ts';

/** One upload through the dialer: requests here are probes and small API calls. */
export const MAX_REQUEST_BODY_BYTES = 1024 * 1024;

const PROXY_AUTHENTICATION_REQUIRED = 407;

function parseUrl(input: string | URL): URL {
  if (typeof input === 'string' && !URL.canParse(input)) throw new DialError('address', 'invalid_request');
  const url = typeof input === 'string' ? new URL(input) : input;
  const isAllowed = (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password;
  if (!isAllowed || url.hostname === '') throw new DialError('address', 'invalid_request');
  return url;
}

type Headed = Pick<DialRequest, 'method' | 'headers'> & Pick<RequestHead, 'contentLength' | 'acceptEncoding'>;

function encodeHead(request: Headed, url: URL, absoluteThrough: ProxyEndpoint | null): Uint8Array {
  const path = `${url.pathname}${url.search}`;
  return encodeRequestHead({
    method: request.method ?? 'GET',
    target: absoluteThrough ? `http://${url.host}${path}` : path,
    authority: url.host,
    headers: request.headers ?? [],
    proxyAuthorization: absoluteThrough ? proxyAuthorizationFor(absoluteThrough) : null,
    contentLength: request.contentLength,
    acceptEncoding: request.acceptEncoding,
  });
}

/** The length of a body that is sent in one piece; null without one. */
function lengthOf(body: Uint8Array | null): number | null {
  if (body && body.byteLength > MAX_REQUEST_BODY_BYTES) throw new DialError('http', 'invalid_request');
  return body ? body.byteLength : null;
}

/** Opens what the request is to be written to, up to TLS with the target. */
async function openChannel(
  dial: Dial,
  endpoint: ProxyEndpoint | null,
  url: URL,
): Promise<ByteChannel & { tls?: TlsPeer }> {
  const isTls = url.protocol === 'https:';
  const target: TunnelTarget = { hostname: bareHost(url.hostname), port: Number(url.port || (isTls ? 443 : 80)) };
  let channel: ByteChannel;
  if (!endpoint) channel = await dial.direct(target.hostname, target.port);
  else if (isAbsoluteThrough(endpoint, url)) {
    await assertTunnelTarget(target, dial.parts);
    channel = await dial.toProxy(endpoint);
  } else channel = await dial.tunnel(endpoint, target);
  return isTls ? dial.secure(channel, target.hostname, 'tls') : channel;
}

/** Absolute-form is the one case in which a proxy sees the request itself. */
function isAbsoluteThrough(endpoint: ProxyEndpoint | null, url: URL): endpoint is ProxyEndpoint {
  return endpoint?.protocol === 'http' && url.protocol === 'http:';
}

/** Everything up to sending: the head as bytes, and a channel to write it to. */
async function prepare(dial: Dial, endpoint: ProxyEndpoint | null, url: URL, request: Headed) {
  if (url.protocol === 'https:' && !dial.parts.tls) throw new DialError('tls', 'tls_unavailable');
  const head = encodeHead(request, url, isAbsoluteThrough(endpoint, url) ? endpoint : null);
  return { head, channel: await openChannel(dial, endpoint, url) };
}

async function runRequest(dial: Dial, request: DialRequest): Promise<DialResponse> {
  const { clock, llhttp } = dial.parts;
  const url = parseUrl(request.url);
  const isTls = url.protocol === 'https:';
  const framing = { contentLength: lengthOf(request.body ?? null), acceptEncoding: 'identity' };
  const { head, channel } = await prepare(dial, request.endpoint, url, { ...request, ...framing });
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

function framingOf(body: StreamRequest['body']): RequestHead['contentLength'] {
  if (body === null || body instanceof Uint8Array) return lengthOf(body);
  return body.contentLength ?? 'chunked';
}

async function runStream(dial: Dial, request: StreamRequest): Promise<StreamResponse> {
  const url = parseUrl(request.url);
  const framing = { contentLength: framingOf(request.body) };
  const { head, channel } = await prepare(dial, request.endpoint, url, { ...request, ...framing });
  const streamed = await dial.stage('http', dial.deadlines.httpMs, (deadline) => {
    return streamExchange(channel, { ...request, head }, { ...dial.parts, deadline, headMs: dial.deadlines.httpMs });
  });
  const proxyStatus = isAbsoluteThrough(request.endpoint, url) ? streamed.status : null;
  if (proxyStatus === PROXY_AUTHENTICATION_REQUIRED) throw new DialError('http', 'proxy_auth', proxyStatus);
  const timings = { tcpMs: dial.tcpMs ?? 0, tunnelMs: dial.tunnelMs, firstByteMs: streamed.firstByteMs };
  return { ...streamed, timings };
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
      const dial = new Dial(parts, request.deadlines, { given: request.over ?? null });
      return dial.run(() => runRequest(dial, request));
    },
    stream(request) {
      const dial = new Dial(parts, request.deadlines, request);
      return dial.run(() => runStream(dial, request));
    },
    assertSendable(request) {
      encodeHead({ ...request, contentLength: null }, parseUrl(request.url), null);
    },
  };
}
