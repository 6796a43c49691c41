import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import type { LabLogin } from './lab-proxy.ts';
import { connectFrom, joinSockets, TargetRefusedError } from './loopback-target.ts';

export interface SocksProxyOptions {
  exitAddress: string;
  /** SOCKS5 only: SOCKS4 has no password. */
  login?: LabLogin | undefined;
  delayMs?: number | undefined;
}

interface Target {
  host: string;
  port: number;
}

/** Replies of the SOCKS4 memo and of RFC 1928 §6 that the lab uses. */
const SOCKS4_GRANTED = 0x5a;
const SOCKS4_REJECTED = 0x5b;
const SOCKS5_SUCCEEDED = 0x00;
const SOCKS5_NOT_ALLOWED = 0x02;
const SOCKS5_HOST_UNREACHABLE = 0x04;
const SOCKS5_COMMAND_NOT_SUPPORTED = 0x07;
const SOCKS5_ADDRESS_TYPE_NOT_SUPPORTED = 0x08;

const CONNECT = 0x01;

class SocksRefusal extends Error {
  readonly reply: number;
  constructor(reply: number) {
    super('The SOCKS request was refused.');
    this.reply = reply;
  }
}

/** SOCKS4 request; an address 0.0.0.x announces the name of 4a. */
async function readSocks4Target(reader: ByteReader): Promise<Target> {
  const head = await reader.read(8);
  if (head[0] !== 0x04 || head[1] !== CONNECT) throw new SocksRefusal(SOCKS4_REJECTED);
  await reader.readToZero();
  const address = [...head.subarray(4, 8)];
  const isName = address[0] === 0 && address[1] === 0 && address[2] === 0 && address[3] !== 0;
  const host = isName ? (await reader.readToZero()).toString('latin1') : address.join('.');
  return { host, port: head.readUInt16BE(2) };
}

/** Method negotiation (RFC 1928 §3) and user/password (RFC 1929). False when the client may not go on. */
async function negotiateSocks5(
  reader: ByteReader,
  client: Socket,
  login: SocksProxyOptions['login'],
): Promise<boolean> {
  const greeting = await reader.read(2);
  if (greeting[0] !== 0x05) return false;
  const methods = await reader.read(greeting[1] ?? 0);
  const wanted = login ? 0x02 : 0x00;
  if (!methods.includes(wanted)) {
    client.write(Uint8Array.of(0x05, 0xff));
    return false;
  }
  client.write(Uint8Array.of(0x05, wanted));
  if (!login) return true;
  const head = await reader.read(2);
  const username = await reader.read(head[1] ?? 0);
  const password = await reader.read((await reader.read(1))[0] ?? 0);
  const isRight = username.toString() === login.username && password.toString() === login.password;
  client.write(Uint8Array.of(0x01, isRight ? 0x00 : 0x01));
  return isRight;
}

async function readSocks5Target(reader: ByteReader): Promise<Target> {
  const head = await reader.read(4);
  if (head[1] !== CONNECT) throw new SocksRefusal(SOCKS5_COMMAND_NOT_SUPPORTED);
  let host: string;
  if (head[3] === 0x01) host = [...(await reader.read(4))].join('.');
  else if (head[3] === 0x03) host = (await reader.read((await reader.read(1))[0] ?? 0)).toString('latin1');
  else throw new SocksRefusal(SOCKS5_ADDRESS_TYPE_NOT_SUPPORTED);
  return { host, port: (await reader.read(2)).readUInt16BE(0) };
}

function socks4Reply(code: number): Uint8Array {
  return Uint8Array.of(0x00, code, 0, 0, 0, 0, 0, 0);
}

function socks5Reply(code: number): Uint8Array {
  return Uint8Array.of(0x05, code, 0x00, 0x01, 0, 0, 0, 0, 0, 0);
}

async function serveSocks4(client: Socket, options: SocksProxyOptions): Promise<void> {
  const reader = createByteReader(client);
  try {
    const target = await readSocks4Target(reader);
    await delay(options.delayMs ?? 0, undefined, { ref: false });
    const upstream = await connectFrom(options.exitAddress, target);
    client.write(socks4Reply(SOCKS4_GRANTED));
    reader.detach();
    joinSockets(client, upstream);
  } catch {
    client.end(socks4Reply(SOCKS4_REJECTED));
  }
}

function socks5FailureReply(error: unknown): number {
  if (error instanceof SocksRefusal) return error.reply;
  return error instanceof TargetRefusedError ? SOCKS5_NOT_ALLOWED : SOCKS5_HOST_UNREACHABLE;
}

async function serveSocks5(client: Socket, options: SocksProxyOptions): Promise<void> {
  const reader = createByteReader(client);
  try {
    if (!(await negotiateSocks5(reader, client, options.login))) {
      client.end();
      return;
    }
    const target = await readSocks5Target(reader);
    await delay(options.delayMs ?? 0, undefined, { ref: false });
    const upstream = await connectFrom(options.exitAddress, target);
    client.write(socks5Reply(SOCKS5_SUCCEEDED));
    reader.detach();
    joinSockets(client, upstream);
  } catch (error) {
    client.end(socks5Reply(socks5FailureReply(error)));
  }
}

/** SOCKS4 with the names of 4a (the memos of Ying-Da Lee). Not listening yet. */
export function createSocks4Proxy(options: SocksProxyOptions): Server {
  return createServer((client) => {
    void serveSocks4(client, options);
  });
}

/** SOCKS5: RFC 1928, with the user/password of RFC 1929 when a login is given. Not listening yet. */
export function createSocks5Proxy(options: SocksProxyOptions): Server {
  return createServer((client) => {
    void serveSocks5(client, options);
  });
}
