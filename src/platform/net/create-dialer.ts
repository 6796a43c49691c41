import type { ByteChannel } from './connection.ts';
import { DialError } from './dial-error.ts';
import type { Dialer, DialRequest, DialResponse, StreamRequest, StreamResponse, TlsPeer } from './dialer.types.ts';
import { proxyAuthorizationFor } from './http-connect.ts';
import { exchange } from './http-exchange.ts';
import { encodeRequestHead, type RequestHead, requestHead } from './http-request.ts';
import { DEFAULT_RESPONSE_LIMITS } from './http-response.ts';
import { type Streamed, streamExchange } from './http-stream.ts';
import type { UsedConnection } from './kept-connections.ts';
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

type Headed = Pick<DialRequest, 'method' | 'headers'> &
  Pick<RequestHead, 'contentLength' | 'acceptEncoding'> & { hasFollower?: boolean | undefined };

function headOf(request: Headed, url: URL, absoluteThrough: ProxyEndpoint | null): RequestHead {
  const path = `${url.pathname}${url.search}`;
  return {
    method: request.method ?? 'GET',
    target: absoluteThrough ? `http://${url.host}${path}` : path,
    authority: url.host,
    headers: request.headers ?? [],
    proxyAuthorization: absoluteThrough ? proxyAuthorizationFor(absoluteThrough) : null,
    contentLength: request.contentLength,
    acceptEncoding: request.acceptEncoding,
    isPersistent: request.hasFollower ?? false,
  };
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
  if (isTls && !dial.parts.tls) throw new DialError('tls', 'tls_unavailable');
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

async function runRequest(dial: Dial, request: DialRequest): Promise<DialResponse> {
  const { clock, llhttp } = dial.parts;
  const url = parseUrl(request.url);
  const isTls = url.protocol === 'https:';
  const framing = { contentLength: lengthOf(request.body ?? null), acceptEncoding: 'identity' };
  const proxy = isAbsoluteThrough(request.endpoint, url) ? request.endpoint : null;
  const head = encodeRequestHead(headOf({ ...request, ...framing }, url, proxy));
  const channel = await openChannel(dial, request.endpoint, url);
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

/** Methods that may be sent twice (RFC 9110 section 9.2.2): a connection that waited may be closed as it is used. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** What all requests over one connection have in common: who is dialled, as whom, and for which origin. */
function wayOf(endpoint: ProxyEndpoint | null, url: URL): string {
  const { protocol, ip, port, username, password, tlsServerName } = endpoint ?? {};
  return JSON.stringify([protocol, ip, port, username, password, tlsServerName, url.protocol, url.host]);
}

/** A connection that waits to be used again for such a request. */
async function takeUsed({ connections, endpoint, method = 'GET', body }: StreamRequest, url: URL) {
  const isRepeatable = IDEMPOTENT_METHODS.has(method) && (body === null || body instanceof Uint8Array);
  return isRepeatable && connections ? connections.take(wayOf(endpoint, url)) : null;
}

/** The answer over a used connection; null when its peer had closed it meanwhile, so that nothing was said. */
async function overUsed(
  dial: Dial,
  { channel, hasAnswered }: UsedConnection,
  exchangeOver: (channel: ByteChannel) => Promise<Streamed>,
): Promise<Streamed | null> {
  dial.adopt(channel);
  try {
    return await exchangeOver(channel);
  } catch (error) {
    const isStale = error instanceof DialError && error.code === 'reset' && !hasAnswered();
    if (!isStale) throw error;
    return null;
  }
}

async function runStream(dial: Dial, request: StreamRequest): Promise<StreamResponse> {
  const { endpoint, connections, hasFollower } = request;
  const url = parseUrl(request.url);
  const keep = (channel: ByteChannel) => {
    dial.release();
    connections?.keep(wayOf(endpoint, url), channel);
  };
  const proxy = isAbsoluteThrough(endpoint, url) ? endpoint : null;
  const head = encodeRequestHead(headOf({ ...request, contentLength: framingOf(request.body) }, url, proxy));
  const exchangeOver = (channel: ByteChannel) =>
    dial.stage('http', dial.deadlines.httpMs, (deadline) => {
      const sent = { ...request, head, keep: connections && hasFollower ? keep : null };
      return streamExchange(channel, sent, { ...dial.parts, deadline, headMs: dial.deadlines.httpMs });
    });
  const used = await takeUsed(request, url);
  const again = used && (await overUsed(dial, used, exchangeOver));
  const streamed = again ?? (await exchangeOver(await openChannel(dial, endpoint, url)));
  const proxyStatus = proxy ? streamed.status : null;
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
      requestHead(headOf({ ...request, contentLength: null }, parseUrl(request.url), null));
    },
  };
}
