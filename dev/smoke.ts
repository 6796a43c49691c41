import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { printError, projectRoot, UserError } from './project.ts';
import { createAdminApi, describeFailure, field } from './start/admin-api.ts';
import { HEALTH_WAIT_MS } from './start/health.ts';

// Boots all of it as `npm start` does, leases a proxy and gives it back, stops it, and looks for what was left behind.

/** From nothing to the last line of the start, which waits for the Worker itself, and for the first proxies. */
const START_TIMEOUT_MS = HEALTH_WAIT_MS + 120_000;

/** From Ctrl-C to the end of the last process. */
const STOP_TIMEOUT_MS = 15_000;

const LEASE_ATTEMPTS = 30;
const ATTEMPT_INTERVAL_MS = 1_000;

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

interface Started {
  child: ChildProcess;
  url: string;
  adminKey: string;
}

/** Runs the start on free ports and waits for what it prints last. */
async function start(stateDirectory: string): Promise<Started> {
  const args = [join(projectRoot, 'dev/start.ts'), '--port', '0', '--lab-port', '0', '--state', stateDirectory];
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGTERM'), START_TIMEOUT_MS);
  let [url, adminKey, isReady] = ['', '', false];
  for await (const line of createInterface({ input: child.stdout })) {
    // The key belongs to the terminal of whoever starts it, not to the log of a check.
    if (!/Bearer|Admin key/.test(line)) console.log(`  ${line}`);
    url = /^Switchyard is up: (\S+)/.exec(line)?.[1] ?? url;
    adminKey = /^Admin key: +(\S+)/.exec(line)?.[1] ?? adminKey;
    isReady = line.startsWith('Ctrl-C stops');
    if (isReady) break;
  }
  clearTimeout(timer);
  child.stdout.resume();
  if (!isReady) throw new UserError('npm start ended before it was up.');
  return { child, url, adminKey };
}

/** What the first of the printed lines does. */
async function register(url: string): Promise<void> {
  const anonymous = createAdminApi(url, '');
  const email = `smoke-${process.pid}-${Date.now()}@example.com`;
  const registered = await anonymous('POST', '/auth/register', { email, display_name: 'Smoke' });
  if (registered.status !== 201) throw new UserError(`The registration failed: ${describeFailure(registered)}`);
  console.log('  registered an account');
}

async function leaseAndRelease(url: string, adminKey: string): Promise<void> {
  const api = createAdminApi(url, adminKey);
  for (let attempt = 1; ; attempt += 1) {
    const acquired = await api('POST', '/proxies/acquire', { lease_duration_seconds: 60 });
    if (acquired.status === 200) {
      const id = field(acquired.body, 'lease_id');
      const released = await api('POST', `/proxies/acquire/${id}/release`);
      if (released.status !== 200) throw new UserError(`The release failed: ${describeFailure(released)}`);
      console.log(`  leased ${field(field(acquired.body, 'proxy'), 'protocol')} and released it`);
      return;
    }
    if (attempt >= LEASE_ATTEMPTS) throw new UserError(`No lease could be had: ${describeFailure(acquired)}`);
    await delay(ATTEMPT_INTERVAL_MS);
  }
}

/** Command lines of processes that name `text`; empty where there is no /proc. */
function processesNaming(text: string): string[] {
  const found: string[] = [];
  for (const entry of process.platform === 'linux' ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      const commandLine = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (commandLine.includes(text)) found.push(`${entry} ${commandLine.slice(0, 120)}`);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

async function stop(child: ChildProcess, stateDirectory: string, port: string): Promise<void> {
  const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
  child.kill('SIGINT');
  await Promise.race([ended, delay(STOP_TIMEOUT_MS)]);
  if (child.exitCode !== 0)
    throw new UserError(`The stop ended with ${child.exitCode ?? child.signalCode ?? 'nothing'}.`);
  const left = processesNaming(stateDirectory);
  if (left.length > 0) throw new UserError(`Processes were left behind:\n${left.join('\n')}`);
  const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
  if (answer) throw new UserError(`Something still answers on port ${port}.`);
  console.log('  stopped; no process is left');
}

const stateDirectory = mkdtempSync(join(tmpdir(), 'switchyard-smoke-'));
let child: ChildProcess | null = null;
try {
  const started = await start(stateDirectory);
  child = started.child;
  await register(started.url);
  await leaseAndRelease(started.url, started.adminKey);
  await stop(started.child, stateDirectory, new URL(started.url).port);
} catch (error) {
  printError(error);
  child?.kill('SIGTERM');
  process.exitCode = 1;
} finally {
  if (child && child.exitCode === null) await Promise.race([once(child, 'exit'), delay(STOP_TIMEOUT_MS)]);
  rmSync(stateDirectory, { recursive: true, force: true });
}
