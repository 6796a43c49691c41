import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort } from '../../dev/start/ports.ts';

/** A proxy that somebody else wrote, running. */
export interface ForeignProxy {
  port: number;
  stop(): Promise<void>;
}

/** How a program of Debian is run as a proxy on a port of loopback. */
interface Program {
  /** Debian's package. */
  package: string;
  /** The file that it brings. */
  file: string;
  /** Its configuration, if it reads one; `directory` is its own and may be written by anybody. */
  configure?(port: number, directory: string): string;
  arguments(port: number, configFile: string): string[];
}

const TINYPROXY = (port: number) => `Port ${port}
Listen 127.0.0.1
Timeout 30
MaxClients 50
Allow 127.0.0.1
`;

const SQUID = (port: number, directory: string) => `http_port 127.0.0.1:${port}
acl SSL_ports port 443
acl CONNECT method CONNECT
http_access deny CONNECT !SSL_ports
http_access allow all
cache deny all
cache_mem 8 MB
shutdown_lifetime 0 seconds
access_log none
cache_store_log none
cache_log ${directory}/cache.log
pid_filename ${directory}/squid.pid
coredump_dir ${directory}
pinger_enable off
`;

const PRIVOXY = (port: number, directory: string) => `confdir /etc/privoxy
logdir ${directory}
logfile privoxy.log
actionsfile match-all.action
actionsfile default.action
filterfile default.filter
listen-address 127.0.0.1:${port}
toggle 1
`;

const DANTE = (port: number, directory: string) => `logoutput: ${directory}/dante.log
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect }
`;

export const MICROSOCKS_LOGIN = { username: 'interop', password: 'p:ss wörd' } as const;

export const programs = {
  tinyproxy: {
    package: 'tinyproxy',
    file: '/usr/bin/tinyproxy',
    configure: TINYPROXY,
    arguments: (_port, file) => ['-d', '-c', file],
  },
  'tinyproxy without Via': {
    package: 'tinyproxy',
    file: '/usr/bin/tinyproxy',
    configure: (port) => `${TINYPROXY(port)}DisableViaHeader Yes\n`,
    arguments: (_port, file) => ['-d', '-c', file],
  },
  squid: {
    package: 'squid',
    file: '/usr/sbin/squid',
    configure: SQUID,
    arguments: (_port, file) => ['-N', '-f', file],
  },
  privoxy: {
    package: 'privoxy',
    file: '/usr/sbin/privoxy',
    configure: PRIVOXY,
    arguments: (_port, file) => ['--no-daemon', file],
  },
  dante: {
    package: 'dante-server',
    file: '/usr/sbin/danted',
    configure: DANTE,
    arguments: (_port, file) => ['-f', file],
  },
  microsocks: {
    package: 'microsocks',
    file: '/usr/bin/microsocks',
    arguments: (port) => ['-i', '127.0.0.1', '-p', String(port)],
  },
  'microsocks with a password': {
    package: 'microsocks',
    file: '/usr/bin/microsocks',
    arguments: (port) => {
      const { username, password } = MICROSOCKS_LOGIN;
      return ['-i', '127.0.0.1', '-p', String(port), '-u', username, '-P', password];
    },
  },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

/** Starting takes squid a second or two. */
const START_LIMIT_MS = 20_000;
const POLL_MS = 50;

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return isOpen;
}

/** True when the program is installed. */
export function isInstalled(name: ProgramName): boolean {
  return spawnSync('test', ['-x', programs[name].file]).status === 0;
}

async function stopChild(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(directory, { recursive: true, force: true });
}

/** Runs a program as a proxy on a free port. Throws with its last words when it does not come up. */
export async function startProgram(name: ProgramName): Promise<ForeignProxy> {
  const program: Program = programs[name];
  const port = await claimPort(0);
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-interop-'));
  // Started by root, most of them go on as a user of their own.
  await chmod(directory, 0o777);
  const configFile = join(directory, 'proxy.conf');
  if (program.configure) await writeFile(configFile, program.configure(port, directory));
  const child = spawn(program.file, program.arguments(port, configFile), { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      words = `${words}${data}`.slice(-2_000);
    });
  }
  const endsAtMs = Date.now() + START_LIMIT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > endsAtMs) {
      await stopChild(child, directory);
      throw new Error(`${name} did not come up: ${words}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  return { port, stop: () => stopChild(child, directory) };
}
