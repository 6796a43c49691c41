import { setImmediate } from 'node:timers/promises';
import type { AcquireRequest } from '../../../../src/proxy-pool/leases/lease-book.types.ts';
import type { Heart } from './heart.ts';
import type { Fate } from './network.ts';
import { createWorld, type World } from './world.ts';

const ACCOUNT = 'account-a';
const MINUTE_MS = 60_000;
/** A client gives up after so many tries without a definite answer; one crash costs one. */
const MAX_TRIES = 5;

/** Where a book dies: the occurrence-th time that it comes to a point, and what becomes of the call it makes there. */
export interface PlannedCrash {
  point: string;
  occurrence: number;
  /** `before`: nothing is sent. */
  moment: 'before' | Extract<Fate, 'crash_before' | 'crash_after'>;
}

export interface Outcome {
  /** The points in the order in which they were come to. */
  reached: string[];
  crashed: boolean;
  /** Requests, by their keys, that were granted in the end, and entries in the ledger. */
  granted: number;
  charged: number;
  /** Refunds that a client was told of, and those in the ledger. */
  refundsTold: number;
  refunded: number;
}

interface Answer {
  ok: boolean;
  code?: string;
}

/** A proxy like all others, by its number. */
export function alikeProxy(number: number) {
  return {
    id: `proxy-${number}`,
    ip: `203.0.113.${number}`,
    port: 8080,
    protocol: 'http' as const,
    country: 'US',
    anonymity: 'elite' as const,
    score: 0.5,
    latencyMs: null,
    username: null,
    passwordSealed: null,
    leasable: true,
  };
}

function acquireRequest(key: string, waitMs = 0): AcquireRequest {
  return {
    accountId: ACCOUNT,
    apiKeyId: 'account-a:key',
    filters: { protocol: null, country: null, anonymity: null, minScore: null },
    leaseDurationMs: 5 * MINUTE_MS,
    waitMs,
    maxLiveLeases: 100,
    idempotency: { key, bodyHash: `acquire:${key}` },
    waiterId: null,
  };
}

function renewRequest(leaseId: string) {
  return { accountId: ACCOUNT, apiKeyId: 'account-a:key', leaseId, leaseDurationMs: 10 * MINUTE_MS };
}

/** As a client does: what has no answer, or none that is definite, is asked again in the same words. */
async function insist<Result extends Answer>(world: World, ask: () => Promise<Result | null>): Promise<Result> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const result = await ask();
    if (result !== null && (result.ok || result.code !== 'UNAVAILABLE')) return result;
    // The alarm of a book that starts, or that doubts.
    await world.settle();
  }
  throw new Error('a client never got a definite answer');
}

/** What the clients of a pool of two proxies do; it comes to every await of the flows. Returns the keys that were granted, and the leases that were refunded. */
async function play(world: World) {
  const granted = new Set<string>();
  const refunded = new Set<string>();
  const acquireTry = (key: string, waitMs = 0, tape: Fate[] = []) => world.acquire(acquireRequest(key, waitMs), tape);
  const renewTry = (leaseId: string, key: string, tape: Fate[] = []) =>
    world.renew({ ...renewRequest(leaseId), idempotency: { key, bodyHash: `renew:${key}` } }, tape);
  const acquire = async (key: string, waitMs = 0): Promise<string> => {
    const answer = await insist(world, () => acquireTry(key, waitMs));
    if (!answer.ok) throw new Error(`a client was refused: ${answer.code}`);
    granted.add(`acquire ${key}`);
    return answer.lease.leaseId;
  };
  const renew = async (leaseId: string, key: string): Promise<void> => {
    const answer = await insist(world, () => renewTry(leaseId, key));
    if (answer.ok) granted.add(`renew ${key}`);
  };
  const reportTry = (leaseId: string, tape: Fate[] = []) => world.report(ACCOUNT, leaseId, tape);
  const report = async (leaseId: string): Promise<void> => {
    const answer = await insist(world, () => reportTry(leaseId));
    if (answer.ok && answer.standing === 'dead' && answer.refund.paid) refunded.add(leaseId);
  };
  const release = (leaseId: string) => insist(world, () => world.release(ACCOUNT, leaseId));

  world.grant(ACCOUNT, 50);
  world.news(alikeProxy(1), true);
  world.news(alikeProxy(2), true);
  const [first, same] = await Promise.all([acquire('one'), acquire('one')]);
  world.oracle.must(first === same, 'one key got two leases');
  const second = await acquire('two');
  await Promise.all([renew(first, 'renew-1'), renew(first, 'renew-2'), renew(second, 'renew-3')]);
  const waiting = acquire('three', MINUTE_MS);
  await setImmediate();
  await release(second);
  const third = await waiting;
  await renew(second, 'renew-of-a-released-one');
  // What is charged and not answered stays uncertain until somebody settles: each of those who do comes by once.
  await renewTry(third, 'lost-1', ['answer_lost']);
  await renew(third, 'renew-4');
  await renew(third, 'lost-1');
  await renewTry(third, 'lost-2', ['answer_lost']);
  await insist(world, () => world.list(ACCOUNT));
  await renew(third, 'lost-2');
  await renewTry(first, 'lost-3', ['answer_lost']);
  await release(first);
  await renew(first, 'lost-3');
  await acquireTry('lost-4', 0, ['answer_lost']);
  await world.settle();
  const fourth = await acquire('lost-4');
  // Dead on arrival: taken back and refunded. A refund whose answer is lost is paid by the alarm, or when asked again.
  await report(fourth);
  const fifth = await acquire('five');
  await renewTry(fifth, 'lost-5', ['answer_lost']);
  await report(fifth);
  await renew(fifth, 'lost-5');
  const sixth = await acquire('six');
  await reportTry(sixth, ['answer_lost']);
  await world.settle();
  await report(sixth);
  return { granted, refunded };
}

/** Plays the scenario with at most one crash, lets everything arrive and settle, and has the oracle look at all of it. */
export async function playScenario(heart: Heart, planned: PlannedCrash | null): Promise<Outcome> {
  const world = createWorld(heart, 2);
  const reached: string[] = [];
  let crashed = false;
  globalThis.atCrashPoint = (name) => {
    reached.push(name);
    const occurrence = reached.filter((other) => other === name).length;
    if (crashed || name !== planned?.point || occurrence !== planned.occurrence) return undefined;
    crashed = true;
    if (planned.moment === 'before') {
      world.crash();
      throw new Error('the book died here');
    }
    world.network.setTape([planned.moment]);
    return undefined;
  };
  let told: Awaited<ReturnType<typeof play>>;
  try {
    told = await play(world);
    await world.check();
    await world.finish();
  } finally {
    globalThis.atCrashPoint = undefined;
  }
  const ledger = world.oracle.ledgerOf(ACCOUNT);
  const charged = ledger.chargedReferences().length;
  const refunded = ledger.refundedReferences().length;
  return { reached, crashed, granted: told.granted.size, charged, refundsTold: told.refunded.size, refunded };
}
