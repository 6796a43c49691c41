import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, Reply } from './api-client.ts';
import {
  type AcquiredBody,
  type History,
  type LeaseRecord,
  noteAcquired,
  noteRenewed,
  noteReportedDead,
  type ReportedBody,
} from './history.ts';
import type { Random } from './random.ts';
import { DEAD_PROTOCOL } from './world.ts';

export interface LoadAccount {
  id: string;
  apiKey: string;
}

interface Surroundings {
  api: ApiClient;
  history: History;
  random: Random;
  /** True once there are as many acquires as there shall be. */
  isDone(): boolean;
}

/** A lease this short may be left to end by itself; others are given back, or nothing would be free for minutes. */
const LEFT_TO_EXPIRE_SECONDS = 2;
/** Copies of one request sent at once, as by a client that retries too early. */
const COPIES = 3;
/** Nobody holds a lease longer than this before going on. */
const MAX_HOLD_MS = 60;
/** Before an account asks again after a refusal. */
const REFUSED_PAUSE_MS = 20;
/** A report that is on its way longer, kills included, may come too late to be refunded. */
const REFUND_SURE_MS = 40_000;

/** Proxies that work, as far as the load goes. */
const LIVE_PROTOCOL = 'http';

/** What a pool may say that has nothing: `NO_MATCHING_PROXY` when all that were dead have left it. */
const REFUSALS: ReadonlySet<string> = new Set(['ALL_PROXIES_LEASED', 'QUEUE_FULL', 'NO_MATCHING_PROXY']);

async function acquireOnce(
  { api, history, random }: Surroundings,
  account: LoadAccount,
  wish: { lease_duration_seconds: number; protocol: string },
): Promise<LeaseRecord | null> {
  const idempotencyKey = randomUUID();
  const json = { ...wish, ...(random.chance(0.3) ? { wait_seconds: 1 + random.below(3) } : {}) };
  const ask = () => api.ask<AcquiredBody>('POST', '/proxies/acquire', { apiKey: account.apiKey, idempotencyKey, json });
  const replies: Reply<AcquiredBody>[] = await Promise.all(
    Array.from({ length: random.chance(0.03) ? COPIES : 1 }, ask),
  );
  if (replies.every(({ replayed }) => replayed)) history.recovered += 1;
  let lease: LeaseRecord | null = null;
  for (const reply of replies) {
    if (reply.replayed) history.replays += 1;
    if (reply.status === 200) lease = noteAcquired(history, account.id, idempotencyKey, reply.body);
    else if (REFUSALS.has(reply.code ?? '')) history.refused += 1;
    else history.violations.push(`an acquire was answered ${reply.status} ${reply.code}`);
  }
  return lease;
}

async function renewOnce({ api, history, random }: Surroundings, account: LoadAccount, lease: LeaseRecord) {
  const path = `/proxies/acquire/${lease.leaseId}/renew`;
  const json = { lease_duration_seconds: random.pick([1, 2, 120]) };
  const reply = await api.ask<AcquiredBody>('POST', path, {
    apiKey: account.apiKey,
    idempotencyKey: randomUUID(),
    json,
  });
  if (reply.status === 200) {
    if (reply.replayed) {
      history.replays += 1;
      history.recovered += 1;
    }
    noteRenewed(history, lease, reply.body);
  } else if (reply.code !== 'LEASE_EXPIRED' || lease.expiresAtMs > Date.now()) {
    history.violations.push(`a renewal of ${lease.leaseId} was answered ${reply.status} ${reply.code}`);
  }
}

async function releaseOnce({ api, history }: Surroundings, account: LoadAccount, lease: LeaseRecord): Promise<void> {
  lease.releaseSent = true;
  const path = `/proxies/acquire/${lease.leaseId}/release`;
  const reply = await api.ask<{ released_at: string }>('POST', path, { apiKey: account.apiKey });
  if (reply.status === 200) {
    lease.releasedAtMs = Date.parse(reply.body.released_at);
    history.releases += 1;
  } else if (reply.code === 'LEASE_EXPIRED' && lease.expiresAtMs <= Date.now()) history.expired += 1;
  else history.violations.push(`acknowledged and lost: a release of ${lease.leaseId} was answered ${reply.code}`);
}

/** Tells how a proxy did, at no cost; nothing comes of it but a note. */
async function reportOnce({ api, history, random }: Surroundings, account: LoadAccount, lease: LeaseRecord) {
  const reply = await api.ask<ReportedBody>('POST', `/proxies/acquire/${lease.leaseId}/report`, {
    apiKey: account.apiKey,
    ...(random.chance(0.5) ? { idempotencyKey: randomUUID() } : {}),
    json: { outcome: random.pick(['ok', 'blocked']) },
  });
  if (reply.status === 200 && !reply.body.refunded) history.reports += 1;
  else if (reply.code !== 'LEASE_EXPIRED' || lease.expiresAtMs > Date.now()) {
    history.violations.push(`a report of ${lease.leaseId} was answered ${reply.status} ${reply.code}`);
  }
}

/** Has a dead proxy found out: the lease ends and its credit comes back, whatever dies on the way. */
async function reportDead({ api, history, random }: Surroundings, account: LoadAccount, lease: LeaseRecord) {
  // From now on it may have ended.
  lease.releaseSent = true;
  const reply = await api.ask<ReportedBody>('POST', `/proxies/acquire/${lease.leaseId}/report`, {
    apiKey: account.apiKey,
    ...(random.chance(0.5) ? { idempotencyKey: randomUUID() } : {}),
    json: { outcome: 'dead' },
  });
  const isInTime = Date.now() - lease.acquiredAtMs < REFUND_SURE_MS;
  if (reply.status === 200) noteReportedDead(history, lease, reply.body, isInTime);
  else history.violations.push(`a report of ${lease.leaseId} was answered ${reply.status} ${reply.code}`);
}

/** The life of a client that meets nothing but dead proxies: lease, report; until there are enough. */
export async function runReporter(surroundings: Surroundings, account: LoadAccount): Promise<void> {
  while (!surroundings.isDone()) {
    const wish = { lease_duration_seconds: 300, protocol: DEAD_PROTOCOL };
    const lease = await acquireOnce(surroundings, account, wish);
    if (lease !== null) await reportDead(surroundings, account, lease);
    else await sleep(REFUSED_PAUSE_MS * 10);
  }
}

/** One client's life: lease, use, perhaps renew, give back or let expire; until there are enough. */
export async function runClient(surroundings: Surroundings, account: LoadAccount): Promise<void> {
  const { random } = surroundings;
  while (!surroundings.isDone()) {
    const wish = { lease_duration_seconds: random.pick([1, 2, 30, 300, 3_600]), protocol: LIVE_PROTOCOL };
    const lease = await acquireOnce(surroundings, account, wish);
    if (lease === null) {
      await sleep(REFUSED_PAUSE_MS);
      continue;
    }
    await sleep(random.below(MAX_HOLD_MS));
    if (random.chance(0.15)) await renewOnce(surroundings, account, lease);
    if (random.chance(0.05)) await reportOnce(surroundings, account, lease);
    const leftMs = lease.expiresAtMs - Date.now();
    const isLeft = leftMs <= LEFT_TO_EXPIRE_SECONDS * 1_000 && random.chance(0.5);
    if (!isLeft) await releaseOnce(surroundings, account, lease);
  }
}
