import type { TamperVerdict } from '../../plugins/checkers/checker.types.ts';
import { type OutcomeVoice, withOutcomes } from '../outcomes/outcomes.model.ts';
import { nextLatencyMs, nextUptime, scoreOf } from '../scoring/scoring.model.ts';
import { type LifeStep, rungMissed, rungsReached } from '../stats/lives.model.ts';
import type { CheckedProxy, ProbeReport } from './checks.types.ts';

/** Failed rounds in a row that make a proxy dead (contract, "Pool face"). */
export const ROUNDS_TO_DEATH = 3;

/** A failing proxy is looked at again at the next tick of cron, which is within a minute. */
export const FAILING_RECHECK_MS = 20_000;

/** Cron ticks each minute: what comes due before the next tick is taken at this one, or intervals would grow by a minute. */
export const DUE_SLACK_MS = 30_000;

/** One that could not be judged is not worth more than this; it is neither good nor failing. */
export const INCONCLUSIVE_RECHECK_MS = 60 * 60 * 1000;

/** The dead: an hour, twice as long after each further failed round, a day at most. */
export const DEAD_RECHECK_MIN_MS = 60 * 60 * 1000;
export const DEAD_RECHECK_MAX_MS = 24 * 60 * 60 * 1000;
/** A list's proxies die together; spread by a tenth either way they don't come back together. */
const DEAD_RECHECK_JITTER = 0.1;

/**
 * Rounds in a row that a proxy must pass after it was caught lying once before it may be leased again; twice as many
 * after each further time. One that lies every tenth round is out for good after a handful of lies.
 */
export const PROBATION_ROUNDS = 3;
/** Eight hours of checks at one every five minutes: who lies again after that begins anew. */
export const MAX_PROBATION_ROUNDS = 96;

export interface RoundRules {
  nowMs: number;
  /** Between two checks of a good proxy. */
  checkIntervalMs: number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** What sessions said of the proxy since its last round; an inconclusive round leaves it to the next. */
  voices?: readonly OutcomeVoice[];
}

/** A proxy after a round, and whom the change concerns. */
export interface ConcludedRound {
  before: CheckedProxy;
  after: CheckedProxy;
  /** The lease book must hear: the row gets a new revision. */
  isNews: boolean;
  /** Of a proxy that had been good; what was never alive dies without an event. */
  hasDied: boolean;
  /** A dead proxy that is still dead adds nothing to its history. */
  keepsHistory: boolean;
  /** What it adds to the life table of its source. */
  lifeSteps: LifeStep[];
}

/** True when a proxy's round may be run now. Those that the platform can't reach never are. */
export function isDue(proxy: Pick<CheckedProxy, 'status' | 'nextCheckAtMs'>, nowMs: number): boolean {
  return proxy.status !== 'unsupported' && proxy.nextCheckAtMs !== null && proxy.nextCheckAtMs <= nowMs + DUE_SLACK_MS;
}

/** When a dead proxy is tried again. */
export function deadRecheckDelayMs(failedRounds: number, random: number): number {
  const doublings = Math.min(Math.max(0, failedRounds - ROUNDS_TO_DEATH), 10);
  const delayMs = Math.min(DEAD_RECHECK_MIN_MS * 2 ** doublings, DEAD_RECHECK_MAX_MS);
  const jitter = 1 + DEAD_RECHECK_JITTER * (2 * random - 1);
  return Math.min(Math.max(Math.round(delayMs * jitter), DEAD_RECHECK_MIN_MS), DEAD_RECHECK_MAX_MS);
}

/** Rounds to pass in a row after having been caught so many times. */
export function probationRoundsAfter(lies: number): number {
  return lies === 0 ? 0 : Math.min(PROBATION_ROUNDS * 2 ** Math.min(lies - 1, 10), MAX_PROBATION_ROUNDS);
}

/** In which way a round caught the proxy lying, if it did: whatever else the stages found does not matter then. */
export function verdictOf({ results }: ProbeReport): TamperVerdict | null {
  return results.find(({ verdict }) => verdict !== null)?.verdict ?? null;
}

/** A good round of a proxy that was caught: one fewer to go. It stays what it was, and out of the pool, until the last. */
function stillOnProbation(before: CheckedProxy, passed: CheckedProxy): CheckedProxy {
  const { status, diedAtMs, probationRounds } = before;
  const score = status === 'active' ? 0 : null;
  return { ...passed, status, diedAtMs, score, leasable: false, probationRounds: probationRounds - 1 };
}

function afterPassing(proxy: CheckedProxy, report: ProbeReport, rules: RoundRules): CheckedProxy {
  const { nowMs, checkIntervalMs, voices = [] } = rules;
  const { evidence } = report;
  const facts = {
    uptime: withOutcomes(nextUptime(proxy.uptime, true), voices),
    avgLatencyMs: report.latencyMs === null ? proxy.avgLatencyMs : nextLatencyMs(proxy.avgLatencyMs, report.latencyMs),
    lastPassedAtMs: nowMs,
    anonymity: evidence?.anonymity ?? proxy.anonymity,
  };
  const passed: CheckedProxy = {
    ...proxy,
    ...facts,
    status: 'active',
    leasable: true,
    probationRounds: 0,
    score: scoreOf(facts, nowMs),
    exitIp: evidence?.exitIp ?? proxy.exitIp,
    // Where the edge does not know, what a list said is better than nothing.
    country: evidence?.country ?? proxy.country,
    asn: evidence?.asn ?? proxy.asn,
    supportsTunnel: report.supportsTunnel ?? proxy.supportsTunnel,
    failedRounds: 0,
    diedAtMs: null,
    aliveSinceMs: proxy.status === 'active' ? proxy.aliveSinceMs : nowMs,
    nextCheckAtMs: nowMs + checkIntervalMs,
  };
  return proxy.probationRounds > 1 ? stillOnProbation(proxy, passed) : passed;
}

/** What is remembered of a lie. A plain failure of a proxy on probation begins its rounds anew. */
function trustAfterFailing(proxy: CheckedProxy, verdict: TamperVerdict | null, nowMs: number) {
  if (verdict === null) return { probationRounds: proxy.probationRounds > 0 ? probationRoundsAfter(proxy.lies) : 0 };
  const lies = proxy.lies + 1;
  return { lies, probationRounds: probationRoundsAfter(lies), caughtVerdict: verdict, caughtAtMs: nowMs };
}

function afterFailing(proxy: CheckedProxy, report: ProbeReport, rules: RoundRules): CheckedProxy {
  const { nowMs, random, voices = [] } = rules;
  const trust = trustAfterFailing(proxy, verdictOf(report), nowMs);
  const failedRounds = proxy.failedRounds + 1;
  const uptime = withOutcomes(nextUptime(proxy.uptime, false), voices);
  const isDead = proxy.status === 'dead' || failedRounds >= ROUNDS_TO_DEATH;
  const delayMs = isDead ? deadRecheckDelayMs(failedRounds, random()) : FAILING_RECHECK_MS;
  // What fails is leased to nobody, so its score waits for the round that decides: moving it would write two indexes. Only
  // a liar comes last at once, however fast it is: integrity outvotes latency.
  const lastScore = trust.probationRounds > 0 ? 0 : proxy.score;
  const score = !isDead && proxy.status === 'active' ? lastScore : null;
  return {
    ...proxy,
    ...trust,
    failedRounds,
    uptime,
    score,
    status: isDead ? 'dead' : proxy.status,
    leasable: false,
    diedAtMs: isDead ? (proxy.diedAtMs ?? nowMs) : null,
    nextCheckAtMs: nowMs + delayMs,
  };
}

function afterRound(proxy: CheckedProxy, report: ProbeReport, rules: RoundRules): CheckedProxy {
  switch (report.outcome) {
    case 'passed':
      return afterPassing(proxy, report, rules);
    case 'failed':
      return afterFailing(proxy, report, rules);
    case 'inconclusive':
      return { ...proxy, nextCheckAtMs: rules.nowMs + INCONCLUSIVE_RECHECK_MS };
  }
}

/** What a lease depends on. Latency moves with every check and orders nothing by itself: it rides along with other news. */
function isNewsToBook(before: CheckedProxy, after: CheckedProxy): boolean {
  if (before.leasable !== after.leasable) return true;
  if (!after.leasable) return false;
  return before.score !== after.score || before.country !== after.country || before.anonymity !== after.anonymity;
}

/** How a round ages or ends a life. One that begins has no age yet; an inconclusive round proves neither. */
function lifeStepsOf(before: CheckedProxy, after: CheckedProxy, nowMs: number): LifeStep[] {
  if (before.status !== 'active') return [];
  if (after.status === 'dead') return rungMissed(before);
  return after.lastPassedAtMs === before.lastPassedAtMs ? [] : rungsReached(before, nowMs);
}

/** One finished round: unchecked → active → dead and back, as the contract's "Pool face" says. */
export function concludeRound(before: CheckedProxy, report: ProbeReport, rules: RoundRules): ConcludedRound {
  const after = {
    ...afterRound(before, report, rules),
    round: before.round + 1,
    lastCheckedAtMs: rules.nowMs,
  };
  const isNewlyDead = after.status === 'dead' && before.status !== 'dead';
  return {
    before,
    after,
    isNews: isNewsToBook(before, after),
    hasDied: isNewlyDead && before.lastPassedAtMs !== null,
    keepsHistory: !(before.status === 'dead' && after.status === 'dead'),
    lifeSteps: lifeStepsOf(before, after, rules.nowMs),
  };
}

/** True for a proxy that was good until now: what a mass failure is counted by. */
export function wasGood(proxy: CheckedProxy): boolean {
  return proxy.status === 'active' && proxy.leasable;
}

/** Fewer previously good proxies than this prove nothing. */
export const SUSPECT_MIN_PROXIES = 20;
/** More than this share of them failing at once is our own fault until proven otherwise. */
export const SUSPECT_FAILED_SHARE = 0.9;

export interface GoodCounts {
  /** Previously good proxies that were checked. */
  good: number;
  failed: number;
}

/** How many previously good ones a batch had, and how many of them failed. */
export function countGood(rounds: readonly ConcludedRound[]): GoodCounts {
  const good = rounds.filter(({ before }) => wasGood(before));
  return { good: good.length, failed: good.filter(({ after }) => !after.leasable).length };
}

function isMassFailure({ good, failed }: GoodCounts): boolean {
  return good >= SUSPECT_MIN_PROXIES && failed > SUSPECT_FAILED_SHARE * good;
}

/** True when a batch could be suspect at all: then its sweep is worth looking at. */
export function mayBeSuspect(batch: GoodCounts): boolean {
  return batch.failed > SUSPECT_FAILED_SHARE * batch.good;
}

/**
 * Whether a batch's failures are our own: nearly all of its previously good proxies fail, and so do at least
 * SUSPECT_MIN_PROXIES over the batch, or over its whole sweep (`sweep` includes the batch).
 */
export function isSuspect(batch: GoodCounts, sweep: GoodCounts): boolean {
  return mayBeSuspect(batch) && (isMassFailure(batch) || isMassFailure(sweep));
}
