import { connect, createServer, type Server, type Socket } from 'node:net';
import { drip } from './net-drip.ts';

/** How a proxy of these tests behaves. */
export interface ProxyBehaviour {
  /** `user:password`, the password may hold colons; SOCKS4 has the user only. */
  credentials?: string;
  /** `drip`: each byte of the handshake alone; `coalesce`: the answer and what the target says in one packet. */
  delivery?: 'drip' | 'coalesce';
  /** What a granted tunnel does instead of leading to the target. */
  tunnel?: 'silent' | 'reset' | 'close';
  /** Refuse every target with this status or code. */
  status?: number;
}

/** What coalescing proxies say for the target, which in their case speaks first. */
export const COALESCED_GREETING = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncoalesced';

/** Reads from a socket in exact pieces. */
class Intake {
  #received = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#take);
  }

  #take = (data: Buffer): void => {
    this.#received = Buffer.concat([this.#received, data]);
    this.#wake?.();
  };

  /** Waits until `measure` names a length, and returns that many bytes. */
  async until(measure: (received: Buffer) => number | null): Promise<Buffer> {
    for (;;) {
      const length = measure(this.#received);
      if (length !== null && this.#received.byteLength >= length) {
        const bytes = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return bytes;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  exactly(length: number): Promise<Buffer> {
    return this.until(() => length);
  }

  through(end: string): Promise<Buffer> {
    return this.until((received) => {
      const at = received.indexOf(end);
      return at < 0 ? null : at + end.length;
    });
  }

  /** Stops reading; what was read too far is returned. */
  release(): Buffer {
    this.#socket.off('data', this.#take);
    return this.#received;
  }
}

function splice(client: Socket, intake: Intake, host: string, port: number): void {
  const target = connect(port, host, () => {
    target.write(intake.release());
    client.pipe(target);
    target.pipe(client);
  });
  target.on('error', () => client.destroy());
  client.on('error', () => target.destroy());
  client.on('close', () => target.destroy());
}

/** Sends the handshake's last answer as the behaviour says, then lets the tunnel be what it says. */
function grant(
  client: Socket,
  intake: Intake,
  answer: Buffer,
  to: { host: string; port: number },
  how: ProxyBehaviour,
): void {
  const lead = (): void => {
    if (how.tunnel === 'silent') return;
    if (how.tunnel === 'reset') return void client.resetAndDestroy();
    if (how.tunnel === 'close') return void client.end();
    splice(client, intake, to.host, to.port);
  };
  if (how.delivery === 'drip') drip(client, answer, lead);
  else if (how.delivery === 'coalesce') client.end(Buffer.concat([answer, Buffer.from(COALESCED_GREETING)]));
  else client.write(answer, lead);
}

function serve(handle: (client: Socket, intake: Intake) => Promise<void>): Server {
  return createServer((client) => {
    handle(client, new Intake(client)).catch(() => client.destroy());
  });
}

function basicOf(head: string): string | null {
  const encoded = /^proxy-authorization: basic (.+)$/im.exec(head)?.[1];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString();
}

/** A proxy for absolute-form requests; it adds `Via`, as proxies do, and drops what was meant for itself. */
export function httpProxy(credentials: string | null): Server {
  return serve(async (client, intake) => {
    const head = (await intake.through('\r\n\r\n')).toString('latin1');
    if (credentials !== null && basicOf(head) !== credentials) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const [, method, host, path, rest] = /^([A-Z]+) http:\/\/([^/]+)(\/\S*) HTTP\/1\.1\r\n([\s\S]*)$/.exec(head) ?? [];
    if (host === undefined) return void client.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    const [name = '', port = '80'] = host.split(':');
    const kept = (rest ?? '').replace(/^proxy-authorization: .*\r\n/im, '');
    const target = connect(Number(port), name, () => {
      target.write(`${method} ${path} HTTP/1.1\r\nVia: 1.1 lab\r\n${kept}`, 'latin1');
      target.write(intake.release());
      client.pipe(target);
      target.pipe(client);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
}

/** A proxy that tunnels by CONNECT. */
export function connectProxy(how: ProxyBehaviour): Server {
  return serve(async (client, intake) => {
    const head = (await intake.through('\r\n\r\n')).toString('latin1');
    if (how.credentials !== undefined && basicOf(head) !== how.credentials) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno!');
      return;
    }
    const [, host, port] = /^CONNECT ([^\s:]+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    if (host === undefined) return void client.end('HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n');
    if (how.status !== undefined) return void client.end(`HTTP/1.1 ${how.status} No\r\nContent-Length: 0\r\n\r\n`);
    grant(
      client,
      intake,
      Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n'),
      { host, port: Number(port) },
      how,
    );
  });
}

/** SOCKS4 and 4a. */
export function socks4Proxy(how: ProxyBehaviour): Server {
  return serve(async (client, intake) => {
    const request = await intake.exactly(8);
    const user = (await intake.through('\0')).toString().slice(0, -1);
    const ip = [...request.subarray(4)].join('.');
    const isName = /^0\.0\.0\.[1-9]/.test(ip);
    const host = isName ? (await intake.through('\0')).toString().slice(0, -1) : ip;
    const isKnown = how.credentials === undefined || user === how.credentials;
    const code = isKnown ? (how.status ?? 90) : 93;
    const answer = Buffer.from([0, code, 0, 0, 0, 0, 0, 0]);
    if (code !== 90) return void client.end(answer);
    grant(client, intake, answer, { host, port: request.readUInt16BE(2) }, how);
  });
}

async function authenticated(client: Socket, intake: Intake, how: ProxyBehaviour): Promise<boolean> {
  const [, methodCount = 0] = await intake.exactly(2);
  const methods = await intake.exactly(methodCount);
  const method = how.credentials === undefined ? 0 : 2;
  if (!methods.includes(method)) {
    client.end(Buffer.from([5, 0xff]));
    return false;
  }
  client.write(Buffer.from([5, method]));
  if (how.credentials === undefined) return true;
  const [, userLength = 0] = await intake.exactly(2);
  const user = (await intake.exactly(userLength)).toString();
  const [passwordLength = 0] = await intake.exactly(1);
  const password = (await intake.exactly(passwordLength)).toString();
  const isKnown = `${user}:${password}` === how.credentials;
  const answer = Buffer.from([1, isKnown ? 0 : 1]);
  if (isKnown) client.write(answer);
  else client.end(answer);
  return isKnown;
}

/** SOCKS5 with or without user and password. */
export function socks5Proxy(how: ProxyBehaviour): Server {
  return serve(async (client, intake) => {
    if (!(await authenticated(client, intake, how))) return;
    const [, , , type] = await intake.exactly(4);
    const length = type === 1 ? 4 : type === 4 ? 16 : ((await intake.exactly(1))[0] ?? 0);
    const address = await intake.exactly(length);
    const port = (await intake.exactly(2)).readUInt16BE(0);
    const host = type === 1 ? [...address].join('.') : address.toString();
    if (how.status !== undefined) return void client.end(Buffer.from([5, how.status]));
    grant(client, intake, Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0x1f, 0x90]), { host, port }, how);
  });
}
