import type { CancelSignal } from '../cancellation.ts';
import { runtimeTimers, type Timers } from '../timers.ts';
import { ConnectionLost } from './byte-reader.ts';
import { type ByteChannel, openConnection, type TcpConnection } from './connection.ts';
import { DEFAULT_DEADLINES, type Deadline, type DialDeadlines, startBudget } from './deadline.ts';
import { DialError, type DialErrorCode, type DialStage } from './dial-error.ts';
import type { DialerOptions, SecureChannel, Tunnel } from './dialer.types.ts';
import type { Llhttp } from './llhttp/llhttp.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import { type Dialability, dialability } from './public-address.ts';
import { assertPublicHost } from './public-url.ts';
import type { TlsStage } from './tls/rustls.types.ts';
import { assertTunnelTarget, tunnelHandshake } from './tunnel.ts';

export type DialerParts = DialerOptions & Required<Pick<DialerOptions, 'connect' | 'clock'>> & { llhttp: Llhttp };

const REFUSALS: Record<Exclude<Dialability, 'ok'>, DialErrorCode> = {
  not_public: 'address_not_allowed',
  blocked_port: 'port_blocked',
  unsupported_ipv6: 'address_unsupported',
  unsupported_cloudflare: 'address_unsupported',
};

/** A channel with what is known of it: its methods may be a class's, which spreading would lose. */
function withTimes<Times extends object>(channel: ByteChannel, times: Times): ByteChannel & Times {
  const { reader } = channel;
  return {
    ...times,
    reader,
    write: (bytes, deadline) => channel.write(bytes, deadline),
    close: () => channel.close(),
  };
}

/** What an upgrade failed of, as the failure of its stage. */
function atStage(stage: TlsStage, error: unknown): Error {
  if (error instanceof ConnectionLost) return error;
  if (!(error instanceof DialError)) return new DialError(stage, 'tls_failed');
  return error.stage === stage ? error : new DialError(stage, error.code, error.reply);
}

interface DialOptions {
  given?: TcpConnection | null;
  signal?: CancelSignal | null;
  timers?: Timers;
}

/** One dial: its limits, and how far it has come, which a failure reports. */
export class Dial {
  readonly parts: DialerParts;
  readonly deadlines: DialDeadlines;
  readonly #startedAtMs: number;
  readonly #runStage: ReturnType<typeof startBudget>;
  readonly #signal: CancelSignal | null;
  /** What is open now, so that a failure at any stage closes it. */
  #open: ByteChannel | null;
  /** One to the proxy that was there before this dial. */
  #given: TcpConnection | null;
  #openedAtMs = 0;
  readonly #close = () => this.#open?.close();
  tcpMs: number | null = null;
  tunnelMs: number | null = null;

  constructor(
    parts: DialerParts,
    deadlines: Partial<DialDeadlines> = {},
    { given = null, signal = null, timers = runtimeTimers }: DialOptions = {},
  ) {
    this.parts = parts;
    this.#signal = signal;
    this.deadlines = { ...DEFAULT_DEADLINES, ...deadlines };
    this.#open = given;
    this.#given = given;
    this.#startedAtMs = parts.clock.nowMs() - (given?.tcpMs ?? 0);
    this.#runStage = startBudget(this.deadlines.totalMs, parts.clock, timers);
  }

  /** Runs the dial to its result, or closes everything and gives the failure what is known of it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#signal?.addEventListener('abort', this.#close);
    try {
      return await work();
    } catch (error) {
      this.#close();
      this.release();
      if (error instanceof DialError) {
        error.tcpMs = this.tcpMs;
        error.tunnelMs = this.tunnelMs;
      }
      throw error;
    }
  }

  /** What is open is somebody else's from now on. */
  release(): void {
    this.#signal?.removeEventListener('abort', this.#close);
    this.#open = null;
  }

  /** Takes over what was opened before, and has led the same way. */
  adopt(channel: ByteChannel): void {
    this.#open = channel;
    this.tcpMs = 0;
  }

  elapsedMs(): number {
    return this.parts.clock.nowMs() - this.#startedAtMs;
  }

  /** A stage under its deadline; a connection lost in it is that stage's `reset`. */
  async stage<T>(stage: DialStage, limitMs: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal?.aborted) throw new DialError(stage, 'cancelled');
    try {
      return await this.#runStage(stage, limitMs, work);
    } catch (error) {
      if (signal?.aborted) throw new DialError(stage, 'cancelled');
      if (error instanceof ConnectionLost) throw new DialError(stage, 'reset');
      throw error;
    }
  }

  async tcp(ip: string, port: number): Promise<TcpConnection> {
    const { connect, clock } = this.parts;
    const verdict = dialability(ip, port, this.parts);
    if (verdict !== 'ok') throw new DialError('address', REFUSALS[verdict]);
    return this.#connect((deadline) => openConnection(connect, { hostname: ip, port }, clock, deadline));
  }

  /** Connects to a target itself: to an address that was judged, never to a name that could turn out another. */
  async direct(hostname: string, port: number): Promise<TcpConnection> {
    const { allowPrivateNetworks, resolve, connect, clock } = this.parts;
    const policy = resolve ? { allowPrivateNetworks, resolve } : { allowPrivateNetworks };
    const judged = this.stage('address', this.deadlines.tcpMs, (deadline) => {
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
    return this.#began(await this.stage('tcp', this.deadlines.tcpMs, open));
  }

  #began(connection: TcpConnection): TcpConnection {
    this.#open = connection;
    this.#openedAtMs = this.parts.clock.nowMs();
    this.tcpMs = connection.tcpMs;
    return connection;
  }

  /** Connects to a proxy, by TLS when it wants that: whatever is said to it afterwards it alone can read. */
  async toProxy(endpoint: ProxyEndpoint): Promise<TcpConnection> {
    const { tlsServerName = null } = endpoint;
    if (tlsServerName !== null && !this.parts.tls) throw new DialError('proxy_tls', 'tls_unavailable');
    const given = this.#given;
    this.#given = null;
    const connection = given ? this.#began(given) : await this.tcp(endpoint.ip, endpoint.port);
    if (tlsServerName === null) return connection;
    return withTimes(await this.secure(connection, tlsServerName, 'proxy_tls'), { tcpMs: connection.tcpMs });
  }

  async tunnel(endpoint: ProxyEndpoint, target: TunnelTarget): Promise<Tunnel> {
    const { clock, llhttp } = this.parts;
    const judgedTarget = await assertTunnelTarget(target, this.parts);
    const connection = await this.toProxy(endpoint);
    const startedAtMs = this.#openedAtMs;
    await this.stage('proxy_handshake', this.deadlines.proxyHandshakeMs, (deadline) => {
      return tunnelHandshake(connection, endpoint, judgedTarget, llhttp, deadline);
    });
    const tunnelMs = clock.nowMs() - startedAtMs;
    this.tunnelMs = tunnelMs;
    return withTimes(connection, { tcpMs: connection.tcpMs, tunnelMs });
  }

  /** TLS over what is open, to whoever can prove that name. */
  async secure(channel: ByteChannel, serverName: string, stage: TlsStage): Promise<SecureChannel> {
    const { tls } = this.parts;
    if (!tls) throw new DialError(stage, 'tls_unavailable');
    const secured = await this.stage(stage, this.deadlines.tlsMs, async (deadline) => {
      const upgrade = tls(channel, { serverName, deadline });
      return deadline.guard(upgrade).catch((error: unknown) => {
        // One that comes after its deadline is nobody's.
        upgrade.then(
          (late) => late.close(),
          () => {},
        );
        throw atStage(stage, error);
      });
    });
    this.#open = secured;
    return secured;
  }
}
