import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, Reply } from './api-client.ts';
import { type AcquiredBody, type History, type LeaseRecord, noteAcquired, noteRenewed } from './history.ts';
import type { Random } from './random.ts';

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

async function acquireOnce(
  { api, history, random }: Surroundings,
  account: LoadAccount,
  durationSeconds: number,
): Promise<LeaseRecord | null> {
  const idempotencyKey = randomUUID();
  const json = {
    lease_duration_seconds: durationSeconds,
    ...(random.chance(0.3) ? { wait_seconds: 1 + random.below(3) } : {}),
  };
  const ask = () => api.ask<AcquiredBody>('POST', '/proxies/acquire', { apiKey: account.apiKey, idempotencyKey, json });
  const replies: Reply<AcquiredBody>[] = await Promise.all(
    Array.from({ length: random.chance(0.03) ? COPIES : 1 }, ask),
  );
  if (replies.every(({ replayed }) => replayed)) history.recovered += 1;
  let lease: LeaseRecord | null = null;
  for (const reply of replies) {
    if (reply.replayed) history.replays += 1;
    if (reply.status === 200) lease = noteAcquired(history, account.id, idempotencyKey, reply.body);
    else if (reply.code === 'ALL_PROXIES_LEASED' || reply.code === 'QUEUE_FULL') history.refused += 1;
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

/** One client's life: lease, use, perhaps renew, give back or let expire; until there are enough. */
export async function runClient(surroundings: Surroundings, account: LoadAccount): Promise<void> {
  const { random } = surroundings;
  while (!surroundings.isDone()) {
    const durationSeconds = random.pick([1, 2, 30, 300, 3_600]);
    const lease = await acquireOnce(surroundings, account, durationSeconds);
    if (lease === null) {
      await sleep(REFUSED_PAUSE_MS);
      continue;
    }
    await sleep(random.below(MAX_HOLD_MS));
    if (random.chance(0.15)) await renewOnce(surroundings, account, lease);
    const leftMs = lease.expiresAtMs - Date.now();
    const isLeft = leftMs <= LEFT_TO_EXPIRE_SECONDS * 1_000 && random.chance(0.5);
    if (!isLeft) await releaseOnce(surroundings, account, lease);
  }
}
