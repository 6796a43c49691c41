import { ConnectionLost } from './byte-reader.ts';
import { type ByteChannel, openConnection, type TcpConnection } from './connection.ts';
import { DEFAULT_DEADLINES, type Deadline, type DialDeadlines, startBudget } from './deadline.ts';
import { DialError, type DialErrorCode, type DialStage } from './dial-error.ts';
import type { Dialer, DialerOptions, DialRequest, DialResponse, Tunnel } from './dialer.types.ts';
import { proxyAuthorizationFor } from './http-connect.ts';
import { exchange } from './http-exchange.ts';
import { encodeRequestHead } from './http-request.ts';
import { DEFAULT_RESPONSE_LIMITS } from './http-response.ts';
import type { Llhttp } from './llhttp/llhttp.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { type Dialability, dialability } from './public-address.ts';
import { assertPublicHost, bareHost } from './public-url.ts';
import { assertTunnelTarget, tunnelHandshake } from './tunnel.ts';

/** One upload through the dialer: requests here are probes and small API calls. */
export const MAX_REQUEST_BODY_BYTES = 1024 * 1024;

export type DialerParts = DialerOptions & Required<Pick<DialerOptions, 'connect' | 'clock'>> & { llhttp: Llhttp };

const REFUSALS: Record<Exclude<Dialability, 'ok'>, DialErrorCode> = {
  not_public: 'address_not_allowed',
  blocked_port: 'port_blocked',
  unsupported_ipv6: 'address_unsupported',
  unsupported_cloudflare: 'address_unsupported',
};

/** One dial: its limits, and how far it has come, which a failure reports. */
class Dial {
  readonly #parts: DialerParts;
  readonly #deadlines: DialDeadlines;
  readonly #startedAtMs: number;
  readonly #runStage: ReturnType<typeof startBudget>;
  /** What is open now, so that a failure at any stage closes it. */
  #open: ByteChannel | null = null;
  tcpMs: number | null = null;
  tunnelMs: number | null = null;

  constructor(parts: DialerParts, deadlines: Partial<DialDeadlines> = {}) {
    this.#parts = parts;
    this.#deadlines = { ...DEFAULT_DEADLINES, ...deadlines };
    this.#startedAtMs = parts.clock.nowMs();
    this.#runStage = startBudget(this.#deadlines.totalMs, parts.clock);
  }

  /** Runs the dial to its result, or closes everything and gives the failure what is known of it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#open?.close();
      if (error instanceof DialError) {
        error.tcpMs = this.tcpMs;
        error.tunnelMs = this.tunnelMs;
      }
      throw error;
    }
  }

  elapsedMs(): number {
    return this.#parts.clock.nowMs() - this.#startedAtMs;
  }

  /** A stage under its deadline; a connection lost in it is that stage's `reset`. */
  async stage<T>(stage: DialStage, limitMs: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    try {
      return await this.#runStage(stage, limitMs, work);
    } catch (error) {
      if (error instanceof ConnectionLost) throw new DialError(stage, 'reset');
      throw error;
    }
  }

  async tcp(ip: string, port: number): Promise<TcpConnection> {
    const { connect, clock } = this.#parts;
    const verdict = dialability(ip, port, this.#parts);
    if (verdict !== 'ok') throw new DialError('address', REFUSALS[verdict]);
    return this.#connect((deadline) => openConnection(connect, { hostname: ip, port }, clock, deadline));
  }

  /** Connects to a target itself: to an address that was judged, never to a name that could turn out another. */
  async direct(hostname: string, port: number): Promise<TcpConnection> {
    const { allowPrivateNetworks, resolve, connect, clock } = this.#parts;
    const policy = resolve ? { allowPrivateNetworks, resolve } : { allowPrivateNetworks };
    const judged = this.stage('address', this.#deadlines.tcpMs, (deadline) => {
      return deadline.guard(assertPublicHost(hostname, policy));
    });
    const [address] = await judged.catch((error: unknown) => {
      throw error instanceof DialError ? error : new DialError('address', 'address_not_allowed');
    });
    if (address !== undefined) return this.tcp(address, port);
    // Only a machine that may reach everything leaves names to the runtime.
    if (!allowPrivateNetworks) throw new DialError('address', 'address_unresolved');
    return this.#connect((deadline) => openConnection(connect, { hostname, port }, clock, deadline));
  }

  async #connect(open: (deadline: Deadline) => Promise<TcpConnection>): Promise<TcpConnection> {
    const connection = await this.stage('tcp', this.#deadlines.tcpMs, open);
    this.#open = connection;
    this.tcpMs = connection.tcpMs;
    return connection;
  }

  async tunnel(endpoint: ProxyEndpoint, target: TunnelTarget): Promise<Tunnel> {
    const { clock, llhttp } = this.#parts;
    const judgedTarget = await assertTunnelTarget(target, this.#parts);
    const connection = await this.tcp(endpoint.ip, endpoint.port);
    const openedAtMs = clock.nowMs();
    await this.stage('proxy_handshake', this.#deadlines.proxyHandshakeMs, (deadline) => {
      return tunnelHandshake(connection, endpoint, judgedTarget, llhttp, deadline);
    });
    const tunnelMs = clock.nowMs() - openedAtMs;
    this.tunnelMs = tunnelMs;
    return { ...connection, tunnelMs };
  }

  async secure(channel: ByteChannel, serverName: string): Promise<ByteChannel> {
    const { tls } = this.#parts;
    if (!tls) throw new DialError('tls', 'tls_unavailable');
    const secured = await this.stage('tls', this.#deadlines.tlsMs, async (deadline) => {
      return deadline.guard(tls(channel, { serverName, deadline })).catch((error: unknown) => {
        throw error instanceof DialError || error instanceof ConnectionLost
          ? error
          : new DialError('tls', 'tls_failed');
      });
    });
    this.#open = secured;
    return secured;
  }

  async request(request: DialRequest): Promise<DialResponse> {
    const url = parseUrl(request.url);
    const isTls = url.protocol === 'https:';
    if (isTls && !this.#parts.tls) throw new DialError('tls', 'tls_unavailable');
    const { endpoint } = request;
    const body = request.body ?? null;
    // Absolute-form is the one case in which a proxy sees the request itself.
    const isAbsolute = endpoint?.protocol === 'http' && !isTls;
    const head = encodeHead(request, url, isAbsolute ? endpoint : null);
    const target = { hostname: bareHost(url.hostname), port: Number(url.port || (isTls ? 443 : 80)) };

    let channel: ByteChannel;
    if (!endpoint) channel = await this.direct(target.hostname, target.port);
    else if (isAbsolute) {
      await assertTunnelTarget(target, this.#parts);
      channel = await this.tcp(endpoint.ip, endpoint.port);
    } else channel = await this.tunnel(endpoint, target);
    if (isTls) channel = await this.secure(channel, target.hostname);

    const { clock, llhttp } = this.#parts;
    const limits = { ...DEFAULT_RESPONSE_LIMITS, ...request.limits };
    const result = await this.stage('http', this.#deadlines.httpMs, (deadline) => {
      const isHead = request.method === 'HEAD';
      return exchange(channel, { head, body, isHead }, { llhttp, limits, clock, deadline });
    });
    channel.close();
    const { status, headers, firstByteMs } = result;
    const timings = { tcpMs: this.tcpMs ?? 0, tunnelMs: this.tunnelMs, firstByteMs, totalMs: this.elapsedMs() };
    return { status, headers, body: result.body, timings };
  }
}

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
      return dial.run(() => dial.request(request));
    },
  };
}
