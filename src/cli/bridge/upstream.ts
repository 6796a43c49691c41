import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { SocksClient } from 'socks';
import type { AcquiredLease } from '../api/api.types.ts';

/** A proxy that takes longer to take a connection is not one to work with; the product's own checks allow as much. */
const CONNECT_WITHIN_MS = 10_000;
/** For the proxy to reach a target, too. */
const TUNNEL_WITHIN_MS = 20_000;
/** Whoever went away without a word is noticed by TCP. */
const KEEP_ALIVE_MS = 60_000;

/** What a proxy answers that knows no CONNECT at all (RFC 9110, sections 15.5.1, 15.5.6 and 15.6.2). */
const KNOWS_NO_CONNECT: readonly number[] = [400, 405, 501];

/** A leased proxy, as it is dialled. */
export interface Upstream {
  protocol: AcquiredLease['proxy']['protocol'];
  host: string;
  port: number;
  /** Null: it wants none. */
  login: { username: string; password: string } | null;
}

export interface Target {
  host: string;
  port: number;
}

export type FailureKind = 'dead' | 'no_tunnels' | 'unreached';

/**
 * Why a proxy did not do what it was asked for. `dead`: it does not work, whatever it is asked. `no_tunnels`: it works, and
 * tunnels nowhere. `unreached`: it works, and does not reach this target.
 */
export class UpstreamFailure extends Error {
  override name = 'UpstreamFailure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Reads a lease's proxy; null for one of a form that no Switchyard gives. */
export function readUpstream({ url, protocol, ip, port }: AcquiredLease['proxy']): Upstream | null {
  if (!URL.canParse(url) || !Number.isInteger(port)) return null;
  const { username, password } = new URL(url);
  const login =
    username === '' ? null : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { protocol, host: ip, port, login };
}

/** `Proxy-Authorization` for it (RFC 7617); undefined where it wants none. */
export function proxyAuthorization({ login }: Upstream): string | undefined {
  if (login === null) return undefined;
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

/** `host:port`, IPv6 in brackets. */
export function authority({ host, port }: Target): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}

function dead(what: string, error: unknown): UpstreamFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new UpstreamFailure('dead', code === '' ? what : `${what} (${code})`);
}

/** A connection to the proxy itself. Throws UpstreamFailure. */
export function connectTo({ host, port }: Upstream): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error('no connection in time')), CONNECT_WITHIN_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(dead('it takes no connection', error));
    };
    socket.once('error', failed);
  });
}

async function tunnelByConnect(upstream: Upstream, target: Target): Promise<Socket> {
  const socket = await connectTo(upstream);
  const path = authority(target);
  const authorization = proxyAuthorization(upstream);
  return new Promise((resolve, reject) => {
    const headers = { host: path, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) };
    const request = httpRequest({ method: 'CONNECT', path, headers, createConnection: () => socket });
    const fail = (failure: UpstreamFailure): void => {
      clearTimeout(timer);
      request.destroy();
      socket.destroy();
      reject(failure);
    };
    const timer = setTimeout(() => fail(new UpstreamFailure('dead', 'it opens no tunnel in time')), TUNNEL_WITHIN_MS);
    request.once('connect', (response, tunnel: Socket, head) => {
      const { statusCode = 0 } = response;
      if (statusCode === 407) return fail(new UpstreamFailure('dead', 'it does not take its own password'));
      if (statusCode !== 200) {
        const kind = KNOWS_NO_CONNECT.includes(statusCode) ? 'no_tunnels' : 'unreached';
        return fail(new UpstreamFailure(kind, `it refused the tunnel with ${statusCode}`));
      }
      clearTimeout(timer);
      if (head.length > 0) tunnel.unshift(head);
      resolve(tunnel);
    });
    request.on('error', (error) => fail(dead('it broke off instead of opening a tunnel', error)));
    request.end();
  });
}

async function tunnelBySocks(upstream: Upstream, target: Target): Promise<Socket> {
  const { host, port, protocol, login } = upstream;
  try {
    const { socket } = await SocksClient.createConnection({
      proxy: {
        host,
        port,
        type: protocol === 'socks4' ? 4 : 5,
        ...(login === null ? {} : { userId: login.username, password: login.password }),
      },
      command: 'connect',
      destination: { host: target.host.replace(/^\[|\]$/g, ''), port: target.port },
      timeout: TUNNEL_WITHIN_MS,
      set_tcp_nodelay: true,
    });
    return socket.setKeepAlive(true, KEEP_ALIVE_MS);
  } catch (error) {
    // The library says by its words alone whether the proxy answered.
    const hasRefused = error instanceof Error && error.message.includes('rejected connection');
    throw hasRefused
      ? new UpstreamFailure('unreached', 'it does not reach the target')
      : dead('it opens no tunnel', error);
  }
}

/** Bytes to and from the target, through the proxy. Throws UpstreamFailure. */
export function openTunnel(upstream: Upstream, target: Target): Promise<Socket> {
  const isSocks = upstream.protocol === 'socks4' || upstream.protocol === 'socks5';
  return isSocks ? tunnelBySocks(upstream, target) : tunnelByConnect(upstream, target);
}
