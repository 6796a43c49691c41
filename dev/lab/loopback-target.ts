import { connect, isIPv4, type Socket } from 'node:net';

/** How long a target may take to accept. */
const CONNECT_TIMEOUT_MS = 5_000;

/** The lab is no open relay: it connects to this machine and nowhere else. */
export class TargetRefusedError extends Error {
  override name = 'TargetRefusedError';
}

/** The address to connect to, or TargetRefusedError for anything outside 127.0.0.0/8. Names other than localhost aren't resolved. */
export function loopbackAddress(host: string): string {
  const name = host.toLowerCase();
  if (name === 'localhost') return '127.0.0.1';
  if (isIPv4(name) && name.startsWith('127.')) return name;
  throw new TargetRefusedError(`The lab connects to 127.0.0.0/8 only, not to ${host}.`);
}

/** Splits `host:port`; TargetRefusedError when it is neither. */
export function parseAuthority(authority: string): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(authority);
  const port = Number(match?.[2]);
  if (!match?.[1] || port < 1 || port > 65_535) throw new TargetRefusedError(`No host:port: ${authority}`);
  return { host: match[1], port };
}

/** Connects to a loopback target from `exitAddress`, so that the target sees the proxy's own address. */
export function connectFrom(exitAddress: string, target: { host: string; port: number }): Promise<Socket> {
  const host = loopbackAddress(target.host);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: target.port, localAddress: exitAddress, timeout: CONNECT_TIMEOUT_MS });
    socket.once('timeout', () => socket.destroy(new Error('The target did not accept in time.')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Relays bytes both ways until either side ends, passing half-closes on; a failure of one destroys the other. */
export function joinSockets(left: Socket, right: Socket): void {
  // One of them may have gone while the other was being opened; its `close` won't come again.
  if (left.destroyed || right.destroyed) {
    left.destroy();
    right.destroy();
    return;
  }
  left.pipe(right);
  right.pipe(left);
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroySoon());
  }
}
