import { type Command, Option } from 'commander';
import { formatNoun } from '../../dashboard/parts/format.model.ts';
import { createBridgeLog, type TellBridge } from '../bridge/bridge-log.ts';
import { BridgeServer } from '../bridge/bridge-server.ts';
import { createLeaseKeeper, type LeaseKeeper } from '../bridge/lease-keeper.ts';
import { CliError } from '../cli-error.ts';
import { createEnding, pause } from '../endless.ts';
import { type Session, withSession } from '../session.ts';
import { integerFrom, numberFrom } from '../values.ts';
import {
  DEFAULT_LEASE_SECONDS,
  MAX_LEASE_SECONDS,
  type WantedOptions,
  wantedBody,
  wantedOptions,
} from '../wanted-options.ts';

const DEFAULT_PORT = 8080;
const HIGHEST_PORT = 65_535;
const DEFAULT_LEASES = 5;
/** More at once than anybody's browser needs; each costs a credit. */
const MAX_LEASES = 100;
const MAX_STICKY_MINUTES = 24 * 60;
const MAX_BUDGET = 1_000_000_000;
const DEFAULT_DRAIN_SECONDS = 10;
const MAX_DRAIN_SECONDS = 3_600;
const LOOK_EVERY_MS = 100;

interface BridgeOptions extends Omit<WantedOptions, 'seconds'> {
  port: number;
  host: string;
  auth?: string;
  sticky?: number;
  leases: number;
  budget?: number;
  drain: number;
  seconds?: number;
}

function checkOpenness({ host, auth }: BridgeOptions): void {
  if (auth !== undefined && !/^[^:]+:.+$/.test(auth)) {
    throw new CliError('USAGE', 'BAD_AUTH', '--auth wants user:password.');
  }
  const isLoopback = host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
  if (!isLoopback && auth === undefined) {
    const message = `On ${host} anybody who reaches it could spend your credits.`;
    throw new CliError('USAGE', 'OPEN_PROXY', message, 'Say who may: --auth user:password, or SWITCHYARD_BRIDGE_AUTH.');
  }
}

/** A lease costs the same however long it is: one that is stuck to is as long as it is needed. */
function leaseSeconds({ seconds, sticky }: BridgeOptions): number {
  if (seconds !== undefined) return seconds;
  if (sticky === undefined) return DEFAULT_LEASE_SECONDS;
  return Math.min(MAX_LEASE_SECONDS, Math.ceil(sticky * 60));
}

const listenFailures: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'you may not',
};

async function listen(server: BridgeServer, { host, port }: BridgeOptions): Promise<void> {
  try {
    await server.listen();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason';
    const reason = listenFailures[code] ?? code;
    const advice = code === 'EADDRNOTAVAIL' ? 'Choose another --host.' : 'Choose another --port.';
    throw new CliError('FAILED', 'CANNOT_LISTEN', `${host}:${port} can't be listened on: ${reason}.`, advice);
  }
}

/** Takes nothing new, lets what runs finish as long as it may, and gives the leases back. */
async function drain(server: BridgeServer, keeper: LeaseKeeper, tell: TellBridge, drainMs: number): Promise<void> {
  const { signal: hurry } = createEnding();
  const isLate = pause(drainMs, hurry);
  let isWaiting = true;
  void isLate.then(() => {
    isWaiting = false;
  });
  const closed = server.close();
  const open = server.getConnectionIds().length;
  if (open > 0) tell({ event: 'draining', message: `${formatNoun(open, 'connection')} may finish; Ctrl-C ends them` });
  while (isWaiting && server.getConnectionIds().length > 0) await pause(LOOK_EVERY_MS, hurry);
  server.closeConnections();
  await closed;
  await keeper.close(isLate);
}

async function runBridge(session: Session, options: BridgeOptions): Promise<void> {
  const { api, terminal, isJson } = session;
  checkOpenness(options);
  const { sticky, leases: maxLeases, host, port, auth = null } = options;
  const wanted = wantedBody({ ...options, seconds: leaseSeconds(options) });
  // A wrong URL or key is found out now, not by the first request.
  const { balance } = await api.get<{ balance: number }>('/account/credits');
  const tell = createBridgeLog(terminal, isJson);
  const stickyMs = sticky === undefined ? null : sticky * 60_000;
  const keeper = createLeaseKeeper(api, { wanted, maxLeases, stickyMs, budget: options.budget ?? MAX_BUDGET }, tell);
  const server = new BridgeServer({ host, port, auth }, keeper);
  try {
    await listen(server, options);
  } catch (error) {
    await keeper.close(Promise.resolve());
    throw error;
  }
  const { signal } = createEnding();
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  tell({
    event: 'listening',
    message: `${url}, for HTTP and CONNECT; ${balance} credits`,
    url,
    credits_remaining: balance,
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  await drain(server, keeper, tell, options.drain * 1_000);
  const { httpRequestCount, connectRequestCount } = server.stats;
  const requests = httpRequestCount + connectRequestCount;
  const message = `${formatNoun(requests, 'request')}, ${formatNoun(keeper.spent(), 'credit')} spent`;
  tell({ event: 'done', message, requests, credits_spent: keeper.spent() });
}

export function addBridge(program: Command): void {
  const command = program
    .command('bridge')
    .description('a local proxy for any HTTP client or browser, whose requests go through leased proxies')
    .addOption(
      new Option('--port <port>', '0: a free one').argParser(integerFrom(0, HIGHEST_PORT)).default(DEFAULT_PORT),
    )
    .addOption(new Option('--host <address>', 'where it listens').default('127.0.0.1'))
    .addOption(
      new Option('--auth <user:password>', 'what clients must show; prefer the variable').env('SWITCHYARD_BRIDGE_AUTH'),
    )
    .option('--sticky <minutes>', 'the same proxy for so long', numberFrom(0.01, MAX_STICKY_MINUTES))
    .addOption(
      new Option('--leases <count>', 'at once at most; each costs a credit')
        .argParser(integerFrom(1, MAX_LEASES))
        .default(DEFAULT_LEASES),
    )
    .option('--budget <credits>', 'spend no more than so many', integerFrom(1, MAX_BUDGET))
    .addOption(
      new Option('--drain <seconds>', 'at the end, let requests finish for so long')
        .argParser(integerFrom(0, MAX_DRAIN_SECONDS))
        .default(DEFAULT_DRAIN_SECONDS),
    );
  wantedOptions(command, false).action(withSession(runBridge));
}
