import { setTimeout as sleep } from 'node:timers/promises';
import { testBindings } from '../support/bindings.ts';
import type { KillableWorker } from '../support/killable-worker.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type AccountEvidence, audit } from './audit.ts';
import { createHistory, type History, type ListedLease, noteListed, toldOf } from './history.ts';
import { readLedgerFiles } from './ledger-files.ts';
import { type LoadAccount, runClient, runReporter } from './load.ts';
import type { CrashOptions } from './options.ts';
import { createRandom, type Random } from './random.ts';
import { balanceOf, openAccount, startCrashWorld } from './world.ts';

const ACCOUNTS = 8;
/** The most that a lease of the load costs: itself and one renewal. */
const CREDITS_PER_LEASE = 2;
/**
 * Report dead proxies one after the other, so that each kill meets some reports on their way. Few: what fails in a minute
 * must stay under nine tenths of the good proxies, or the mass-failure guard takes it for our own fault.
 */
const REPORTERS = 4;
const PROGRESS_INTERVAL_MS = 5_000;
/** A kill comes up to so long after its share of the acquires, to hit any moment of a request. */
const MAX_KILL_DELAY_MS = 500;
const POLL_MS = 5;

export interface CrashResult {
  acquires: number;
  history: History;
  kills: number;
  /** Tries without a definite answer. */
  unanswered: number;
  restartsMs: number[];
  seconds: number;
  problems: string[];
}

/** After how many acknowledged acquires each kill comes: one in each equal part of the run. */
function killPoints(options: CrashOptions, random: Random): number[] {
  const part = options.acquires / Math.max(1, options.kills);
  return Array.from({ length: options.kills }, (_, index) => Math.floor(part * (index + 0.1 + 0.8 * random.next())));
}

async function checkLists(api: ApiClient, history: History, accounts: readonly LoadAccount[]): Promise<void> {
  await Promise.all(
    accounts.map(async ({ id, apiKey }) => {
      const told = toldOf(history, id);
      const { body } = await api.ask<{ items: ListedLease[] }>('GET', '/account/leases', { apiKey });
      noteListed(history, told, body.items, Date.now());
    }),
  );
}

interface Run {
  options: CrashOptions;
  world: KillableWorker;
  api: ApiClient;
  history: History;
  accounts: LoadAccount[];
  say: (line: string) => void;
}

/** Kills the Worker at its points, and each time holds the lists of live leases against what was acknowledged. */
async function killAndRestart({ options, world, api, history, accounts, say }: Run, isOver: () => boolean) {
  const random = createRandom(options.seed);
  const restartsMs: number[] = [];
  for (const point of killPoints(options, random)) {
    while (history.leases.size < point && !isOver()) await sleep(POLL_MS);
    await sleep(random.below(MAX_KILL_DELAY_MS));
    await world.kill();
    say(`killed after ${history.leases.size} acquires (${restartsMs.length + 1} of ${options.kills})`);
    restartsMs.push(await world.restart());
    const before = history.violations.length;
    await checkLists(api, history, accounts);
    const lost = history.violations.length - before;
    say(`serving again after ${restartsMs.at(-1)} ms; ${lost} of the acknowledged leases are missing or shorter`);
  }
  return restartsMs;
}

async function carryOut(run: Run): Promise<number[]> {
  const { options, api, history, accounts, say } = run;
  const reporters = options.reports === 0 ? 0 : REPORTERS;
  let clientsLeft = options.clients + reporters;
  const isDone = () => history.leases.size >= options.acquires;
  const progress = setInterval(() => {
    say(
      `${history.leases.size} acquires, ${history.renewals} renewals, ${history.releases} releases, ` +
        `${history.reports} reports, ${history.refunds} refunds, ${history.refused} found all leased, ${history.replays} replays, ${api.unanswered()} tries unanswered`,
    );
  }, PROGRESS_INTERVAL_MS);
  const clients = Array.from({ length: clientsLeft }, async (_, index) => {
    const account = accounts[index % accounts.length];
    if (account === undefined) throw new Error('no account');
    const surroundings = { api, history, random: createRandom(options.seed + 1 + index), isDone };
    await (index < options.clients ? runClient(surroundings, account) : runReporter(surroundings, account));
    clientsLeft -= 1;
  });
  try {
    const [restartsMs] = await Promise.all([killAndRestart(run, () => clientsLeft === 0), ...clients]);
    return restartsMs;
  } finally {
    clearInterval(progress);
  }
}

/** One whole run. Throws when the Worker can't be started or never answers again. */
export async function runCrashTest(options: CrashOptions, log: (line: string) => void): Promise<CrashResult> {
  const startedAtMs = Date.now();
  const say = (line: string) => log(`${((Date.now() - startedAtMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
  const world = await startCrashWorld(options);
  try {
    const api = createApiClient(() => world.url);
    const history = createHistory();
    const credits = options.acquires * CREDITS_PER_LEASE + options.clients;
    const accounts = await Promise.all(
      Array.from({ length: ACCOUNTS }, (_, index) => openAccount(api, index, credits)),
    );
    say(
      `${options.proxies} proxies and ${options.reports} dead ones, ${ACCOUNTS} accounts, ${options.clients} clients, seed ${options.seed}`,
    );
    const restartsMs = await carryOut({ options, world, api, history, accounts, say });
    await checkLists(api, history, accounts);
    const granted = credits + Number(testBindings.SIGNUP_CREDITS);
    const evidence: AccountEvidence[] = await Promise.all(
      accounts.map(async (account) => ({ id: account.id, granted, balance: await balanceOf(api, account) })),
    );
    await world.stop();
    const problems = audit(history, evidence, await readLedgerFiles(world.stateDirectory));
    return {
      acquires: history.leases.size,
      history,
      kills: restartsMs.length,
      unanswered: api.unanswered(),
      restartsMs,
      seconds: (Date.now() - startedAtMs) / 1_000,
      problems,
    };
  } finally {
    await world.remove();
  }
}
