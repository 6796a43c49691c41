import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProxyCheckView, ProxyView } from '../../src/proxy-pool/proxies/proxies.schemas.ts';
import type { ProxyProtocol } from '../../src/proxy-pool/proxies/proxies.types.ts';
import type { ProxyTestView } from '../../src/proxy-pool/target-tests/target-tests.schemas.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import {
  type ForeignProxy,
  isInstalled,
  MICROSOCKS_LOGIN,
  type ProgramName,
  programs,
  startProgram,
} from './debian-proxies.ts';
import { NPM_LOGIN, npmProxies } from './npm-proxies.ts';

/** Proxies that we did not write, and what the checks make of each. */
interface Use {
  proxy: ProgramName | keyof typeof npmProxies;
  protocol: ProxyProtocol;
  anonymity: 'anonymous' | 'elite';
  login?: { username: string; password: string };
  /** It takes addresses only: SOCKS4 without its extension 4a. */
  takesNoNames?: true;
}

const USES: Use[] = [
  // They name themselves in Via, and give the client's address, which on this machine is their own.
  { proxy: 'tinyproxy', protocol: 'http', anonymity: 'anonymous' },
  { proxy: 'squid', protocol: 'http', anonymity: 'anonymous' },
  { proxy: 'proxy', protocol: 'http', anonymity: 'anonymous' },
  { proxy: 'proxy-chain', protocol: 'http', anonymity: 'elite', login: NPM_LOGIN },
  { proxy: 'tinyproxy without Via', protocol: 'http', anonymity: 'elite' },
  { proxy: 'privoxy', protocol: 'http', anonymity: 'elite' },
  { proxy: 'tinyproxy', protocol: 'https', anonymity: 'elite' },
  { proxy: 'squid', protocol: 'https', anonymity: 'elite' },
  { proxy: 'privoxy', protocol: 'https', anonymity: 'elite' },
  { proxy: 'proxy', protocol: 'https', anonymity: 'elite' },
  { proxy: 'proxy-chain', protocol: 'https', anonymity: 'elite', login: NPM_LOGIN },
  { proxy: 'dante', protocol: 'socks4', anonymity: 'elite', takesNoNames: true },
  { proxy: 'dante', protocol: 'socks5', anonymity: 'elite' },
  { proxy: 'microsocks', protocol: 'socks5', anonymity: 'elite' },
  { proxy: 'microsocks with a password', protocol: 'socks5', anonymity: 'elite', login: MICROSOCKS_LOGIN },
  { proxy: 'socks5-server', protocol: 'socks5', anonymity: 'elite', login: NPM_LOGIN },
];

function isProgram(name: Use['proxy']): name is ProgramName {
  return name in programs;
}

const absent = Object.keys(programs).filter(
  (name) => isProgram(name as ProgramName) && !isInstalled(name as ProgramName),
);
if (absent.length > 0) console.log(`Not installed, so not tried: ${absent.join(', ')}. CI installs them (.ci/run).`);
const present = USES.filter(({ proxy }) => !absent.includes(proxy));

const WAIT_LIMIT_MS = 120_000;
const POLL_MS = 100;

const running = new Map<Use['proxy'], ForeignProxy>();
let worker: WorkerProcess;
let list: Server;
let origin: Server;
let found: ProxyView[];

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function lineOf({ proxy, protocol, login }: Use): string {
  const userinfo = login ? `${encodeURIComponent(login.username)}:${encodeURIComponent(login.password)}@` : '';
  return `${protocol}://${userinfo}127.0.0.1:${running.get(proxy)?.port}`;
}

async function listProxies(): Promise<ProxyView[]> {
  return (await worker.call<{ items: ProxyView[] }>('GET', '/proxies?limit=200')).body.items;
}

function viewOf({ proxy, protocol }: Use): ProxyView {
  const view = found.find((one) => one.port === running.get(proxy)?.port && one.protocol === protocol);
  if (!view) throw new Error(`${proxy} by ${protocol} was never stored.`);
  return view;
}

beforeAll(async () => {
  for (const name of new Set(present.map(({ proxy }) => proxy))) {
    running.set(name, isProgram(name) ? await startProgram(name) : await npmProxies[name]());
  }
  worker = await startWorkerProcess({ CHECK_INTERVAL_SECONDS: '3600' }, { judgeTls: true });
  list = createServer((_request, answer) => {
    answer.setHeader('content-type', 'text/plain').end(present.map(lineOf).join('\n'));
  });
  origin = createServer((_request, answer) => {
    answer.setHeader('connection', 'close').end('an origin');
  });
  const url = `http://127.0.0.1:${await listen(list)}/list.txt`;
  await listen(origin);
  const source = await worker.call<{ id: string }>('POST', '/sources', { url, default_protocol: 'http' });
  expect((await worker.call('POST', `/sources/${source.body.id}/scrape`)).status).toBe(200);
  const endsAtMs = Date.now() + WAIT_LIMIT_MS;
  do {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
    found = await listProxies();
  } while (found.some(({ last_checked_at: at }) => at === null) && Date.now() < endsAtMs);
}, 300_000);

afterAll(async () => {
  await worker?.stop();
  await Promise.all([...running.values()].map((proxy) => proxy.stop()));
  list?.close();
  origin?.close();
}, 60_000);

describe('the checks', () => {
  it.each(present)('find $proxy by $protocol active and $anonymity', async (use) => {
    const { proxy, recent_checks: checks } = (
      await worker.call<{ proxy: ProxyView; recent_checks: ProxyCheckView[] }>('GET', `/proxies/${viewOf(use).id}`)
    ).body;
    const [newest] = checks;
    // As Debian ships it, squid tunnels to port 443 alone, which not everybody may listen on.
    if (use.proxy === 'squid' && worker.judgeTlsPort !== 443) {
      if (use.protocol === 'https') expect(newest).toMatchObject({ inconclusive: true });
      return;
    }
    // The judge's TLS side has a name, which is what its certificate is for.
    expect(checks.filter(({ passed }) => !passed)).toHaveLength(use.takesNoNames ? 1 : 0);
    expect(proxy).toMatchObject({ status: 'active', leasable: true, supports_tunnel: true, exit_ip: '127.0.0.1' });
    expect(proxy.anonymity).toBe(use.anonymity);
  });
});

describe('a test of a target', () => {
  const protocols = [...new Set(present.map(({ protocol }) => protocol))];

  async function reach(url: string, protocol: ProxyProtocol): Promise<ProxyTestView[]> {
    const json = { url, protocol, count: 20, timeout_seconds: 10 };
    return (await worker.call<{ results: ProxyTestView[] }>('POST', '/proxies/test', json)).body.results;
  }

  it.each(protocols)('reaches a plain target through every %s proxy that tunnels to it', async (protocol) => {
    const { port } = origin.address() as AddressInfo;
    const results = await reach(`http://127.0.0.1:${port}/`, protocol);
    const expected = found.filter((proxy) => proxy.protocol === protocol && proxy.leasable);
    expect(results).toHaveLength(expected.length);
    const squidPort = running.get('squid')?.port;
    for (const result of results) {
      const isRefused = protocol === 'https' && result.port === squidPort;
      expect(result).toMatchObject(
        isRefused
          ? { reachable: false, error: 'The proxy does not allow connections to this target (HTTP 403).' }
          : { reachable: true, status_code: 200, error: null },
      );
    }
  });

  it.each(protocols)(
    'reaches a TLS target, verified by us, through every %s proxy that takes its name',
    async (protocol) => {
      const results = await reach(`https://localhost:${worker.judgeTlsPort}/health`, protocol);
      expect(results.length).toBeGreaterThan(0);
      for (const result of results) {
        const isRefused = result.port === running.get('squid')?.port && worker.judgeTlsPort !== 443;
        if (!isRefused && protocol !== 'socks4')
          expect(result).toMatchObject({ reachable: true, status_code: 200, error: null });
      }
    },
  );
});
