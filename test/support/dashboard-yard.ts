import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { labProxies } from '../../dev/lab/catalogue.ts';
import { type Lab, startLab } from '../../dev/lab/lab.ts';
import { labGeo } from '../../dev/local-vars.ts';
import { projectRoot } from '../../dev/project.ts';
import { openPage, startBrowser, type WatchedPage } from './browser.ts';
import { type Account, registerAccount, scrapeLabs } from './lab-pool.ts';
import { manyProxiesStatement } from './many-proxies.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** For people to look at after a run; no part of the repository. */
export const SCREENSHOTS = join(projectRoot, 'dist', 'screenshots');

/** Of the lab: a few good ones, a few that are dead or broken, and two that lie. */
export const LAB_PROXIES = [
  ...labProxies.slice(0, 4),
  ...labProxies.slice(-3),
  ...labProxies.filter(({ finding }) => (finding?.verdict ?? null) !== null).slice(0, 2),
];

/** Of those, as many must have passed before a page is opened. */
const LEASABLE_PROXIES = 3;

/** Beside them, in a pool of their own, so that lists are long and nobody leases what is not there. */
export const STORED_PROXIES = 1_000;

/** A proxy of the gateway that calls the Worker's own API. */
export interface FrontDoor {
  /** Calls it as its owner's program would; 200 or not, the answer is read. */
  call(path: string): Promise<number>;
}

/** A Worker with real proxies, as someone new finds it, and a browser. */
export interface Yard {
  worker: WorkerProcess;
  browser: Browser;
  lab: Lab;
  /** Opens the page with the key of an account in its session. */
  open(account: Account, hash?: string, size?: { width: number; height: number }): Promise<WatchedPage>;
  newAccount(name: string, role?: 'viewer' | 'operator'): Promise<Account>;
  asProgram(account: Account): Promise<Program>;
  /** Joins a gateway proxy of an account; its target is the Worker itself. */
  newGatewayProxy(account: Account, alias: string): Promise<FrontDoor>;
  /** Has every proxy of the lab checked once more. */
  checkAll(): Promise<void>;
  /** A proxy that was caught lying; undefined as long as none was. */
  caughtProxyId(): Promise<string | undefined>;
  close(): Promise<void>;
}

async function fill(worker: WorkerProcess, lab: Lab): Promise<void> {
  const { database } = worker;
  await database.prepare("INSERT INTO pools (number, name, created_at) VALUES (50, 'stored', 0)").run();
  const lot = { count: STORED_PROXIES, poolNumber: 50, addressBlock: 7, firstRevision: 1 };
  await database.prepare(manyProxiesStatement(lot)).run();
  await scrapeLabs(worker, [lab], LEASABLE_PROXIES);
}

/** An account's own program: what it asks must succeed. */
export interface Program {
  /** Of its first client, which each account has. */
  clientId: string;
  call<Body>(method: string, path: string, json?: unknown): Promise<Body>;
}

async function startProgram(worker: WorkerProcess, { key }: Account): Promise<Program> {
  const call = async <Body>(method: string, path: string, json?: unknown): Promise<Body> => {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const response = await fetch(worker.baseUrl + path, {
      method,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    if (!response.ok || text.startsWith('{"errors"')) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const { client_id: clientId } = await call<{ client_id: string }>('GET', '/account');
  return { clientId, call };
}

async function joinGatewayProxy(worker: WorkerProcess, account: Account, alias: string): Promise<FrontDoor> {
  const { clientId, call } = await startProgram(worker, account);
  const parts = `/api/clients/${clientId}`;
  const region = 'global';
  const credential = async (type: 'proxy' | 'target', token: string) => {
    const json = {
      credentialName: `${alias} ${type}`,
      credentialRegion: region,
      credentialType: type,
      credentialAuthType: 'bearer',
      credentialSecret: { token },
    };
    const answer = await call<{ credentials: { sKey: string }[] }>('POST', `${parts}/credentials`, json);
    return answer.credentials[0]?.sKey;
  };
  const target = { targetName: alias, targetRegion: region, targetBaseURL: worker.baseUrl };
  const { targets } = await call<{ targets: { sKey: string }[] }>('POST', `${parts}/targets`, target);
  await call('POST', `${parts}/proxies`, {
    proxyName: alias,
    proxyAlias: alias,
    proxyRegion: region,
    proxyTargetId: targets[0]?.sKey,
    proxyProxyCredentialId: await credential('proxy', 'callers-secret'),
    proxyTargetCredentialId: await credential('target', 'targets-secret'),
  });
  return {
    async call(path) {
      const headers = { authorization: 'Bearer callers-secret' };
      const response = await fetch(`${worker.baseUrl}/api/${clientId}/${alias}${path}`, { headers });
      await response.arrayBuffer();
      return response.status;
    },
  };
}

/** Starts all of it; `close()` ends it. */
export async function startYard(): Promise<Yard> {
  const lab = await startLab({ basePort: 0, sourceListPort: 0, proxies: LAB_PROXIES });
  const worker = await startWorkerProcess({ LAB_GEO: labGeo(lab.proxies), CHECK_INTERVAL_SECONDS: '60' });
  await fill(worker, lab);
  const browser = await startBrowser();
  await mkdir(SCREENSHOTS, { recursive: true });
  return {
    worker,
    browser,
    lab,
    async open({ key }, hash = '#/overview', size = { width: 1_280, height: 800 }) {
      const signIn = `sessionStorage.setItem('switchyard.key', ${JSON.stringify(key)})`;
      const watched = await openPage(browser, worker.baseUrl, `/${hash}`, signIn);
      await watched.page.setViewportSize(size);
      return watched;
    },
    newAccount: (name, role) => registerAccount(worker, name, role),
    asProgram: (account) => startProgram(worker, account),
    newGatewayProxy: (account, alias) => joinGatewayProxy(worker, account, alias),
    async checkAll() {
      await worker.database.prepare('UPDATE proxies SET next_check_at = 0 WHERE pool_number <> 50').run();
      await worker.tick();
    },
    async caughtProxyId() {
      const row = await worker.database.prepare('SELECT id FROM proxies WHERE caught_verdict IS NOT NULL').first();
      return row === null ? undefined : String(row.id);
    },
    async close() {
      await browser.close();
      await worker.stop();
      await lab.close();
    },
  };
}

/** Keeps what a page looks like. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
