import type { Clock } from '../../platform/clock.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { LeaseBookClient } from '../leases/lease-book.client.ts';
import type { OutcomesStore } from '../outcomes/outcomes.store.ts';
import type { BookNewsStore } from '../proxies/book-news.store.ts';
import type { CheckRequest } from './check-message.types.ts';
import { concludeRound, countGood, isDue, isSuspect, mayBeSuspect, SUSPECT_MIN_PROXIES } from './checks.model.ts';
import type { ChecksStore, FinishedCheck } from './checks.store.ts';
import type { CheckedProxy, ProbeReport, ProbeRequest } from './checks.types.ts';

/** A batch waits no longer for its probes: what is done is written, the rest is sent again (architecture, "Check"). */
export const BATCH_LIMIT_MS = 12_000;

interface Dependencies {
  store: ChecksStore;
  outcomes: OutcomesStore;
  bookNews: BookNewsStore;
  bookOf: (poolNumber: number) => Pick<LeaseBookClient, 'apply'>;
  clock: Clock;
  logger: Logger;
  /** Between two checks of a good proxy. */
  checkIntervalMs: number;
  random?: () => number;
  batchLimitMs?: number;
}

export type RunProbe = (request: ProbeRequest) => Promise<ProbeReport>;

export interface BatchSummary {
  passed: number;
  failed: number;
  inconclusive: number;
  /** Counted for nothing, because their failures looked like ours. */
  suspect: number;
  /** Whether there is something to tell the notifiers. */
  hasEvents: boolean;
  /** Not done in time, or held to be suspect: to be asked again. */
  unfinished: CheckRequest[];
  rowsWritten: number;
  /** Those whose status is another one now. */
  statusChanges: Pick<CheckedProxy, 'id' | 'ip' | 'port' | 'protocol' | 'status'>[];
}

function statusChangesOf(checks: readonly FinishedCheck[]): BatchSummary['statusChanges'] {
  return checks
    .filter(({ before, after }) => before.status !== after.status)
    .map(({ after: { id, ip, port, protocol, status } }) => ({ id, ip, port, protocol, status }));
}

/** What a batch came to; what is due and was not counted is to be asked again. */
function summarize(due: readonly CheckedProxy[], checks: readonly FinishedCheck[], counted: readonly FinishedCheck[]) {
  const countedIds = new Set(counted.map(({ before }) => before.id));
  const count = (outcome: ProbeReport['outcome']) => counted.filter(({ report }) => report.outcome === outcome).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    inconclusive: count('inconclusive'),
    suspect: checks.length - counted.length,
    unfinished: due.filter(({ id }) => !countedIds.has(id)).map(({ id, round }) => ({ id, round })),
    statusChanges: statusChangesOf(counted),
  };
}

export function createChecksService(dependencies: Dependencies) {
  const { store, outcomes, bookNews, bookOf, clock, logger, checkIntervalMs } = dependencies;
  const { random = Math.random, batchLimitMs = BATCH_LIMIT_MS } = dependencies;

  /** The rows whose round is the one asked for, and due: of two messages for one round only one finds it. */
  async function findDue(requests: readonly CheckRequest[]): Promise<CheckedProxy[]> {
    const asked = new Set(requests.map(({ id, round }) => `${id}/${round}`));
    const rows = await store.load([...new Set(requests.map(({ id }) => id))]);
    const nowMs = clock.nowMs();
    return rows.filter((row) => asked.has(`${row.id}/${row.round}`) && isDue(row, nowMs));
  }

  /** Probes all at once, one transaction, one delta to each pool's book. */
  async function runRounds(due: readonly CheckedProxy[], told: readonly string[], probe: RunProbe) {
    const reports = await probeAll(due, probe);
    const voicesById = await outcomes.load([...reports.keys()]);
    const nowMs = clock.nowMs();
    const checks = due.flatMap((row): FinishedCheck[] => {
      const report = reports.get(row.id);
      if (!report) return [];
      const voices = voicesById.get(row.id) ?? [];
      const concluded = concludeRound(row, report, { nowMs, checkIntervalMs, random, voices });
      return [{ ...concluded, report, heard: report.outcome === 'inconclusive' ? [] : voices }];
    });
    const isSuspectBatch = await looksLikeOurFault(checks, nowMs);
    const counted = isSuspectBatch ? [] : checks;
    const rowsWritten = counted.length > 0 ? await store.write(counted, countGood(counted).failed, nowMs) : 0;
    await tellBooks(told);
    return { checks, counted, rowsWritten, hasEvents: isSuspectBatch || counted.some(({ hasDied }) => hasDied) };
  }

  /** All at once; returns what is done when the time is up. A probe that breaks is simply not done. */
  async function probeAll(due: readonly CheckedProxy[], probe: RunProbe): Promise<Map<string, ProbeReport>> {
    const reports = new Map<string, ProbeReport>();
    const probes = due.map(async ({ id, ip, port, protocol, username, passwordSealed }) => {
      try {
        reports.set(id, await probe({ id, ip, port, protocol, username, passwordSealed }));
      } catch (error) {
        logger.error('a probe broke', { proxyId: id, ...describeError(error) });
      }
    });
    const timer = new AbortController();
    const timeUp = scheduler.wait(batchLimitMs, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([Promise.all(probes), timeUp]);
    timer.abort();
    return new Map(reports);
  }

  async function looksLikeOurFault(checks: readonly FinishedCheck[], nowMs: number): Promise<boolean> {
    const batch = countGood(checks);
    if (!mayBeSuspect(batch)) return false;
    const before = batch.good >= SUSPECT_MIN_PROXIES ? { good: 0, failed: 0 } : await store.countSweep(nowMs);
    const sweep = { good: before.good + batch.good, failed: before.failed + batch.failed };
    if (!isSuspect(batch, sweep)) return false;
    await store.noteSuspect(batch, nowMs);
    return true;
  }

  /** Sent whether or not anything was written: a book that missed the last news gets them when a message comes twice. */
  async function tellBooks(ids: readonly string[]): Promise<void> {
    const byPool = await bookNews.rowsOf(ids);
    await Promise.all([...byPool].map(([poolNumber, rows]) => bookOf(poolNumber).apply(rows)));
  }

  return {
    /**
     * Runs the rounds that these requests ask for and that are still due. Throws when the result could not be written or told; the same requests may come again.
     */
    async runBatch(requests: readonly CheckRequest[], probe: RunProbe): Promise<BatchSummary> {
      const due = await findDue(requests);
      const told = requests.map(({ id }) => id);
      const { checks, counted, rowsWritten, hasEvents } = await runRounds(due, told, probe);
      return { ...summarize(due, checks, counted), hasEvents, rowsWritten };
    },

    /**
     * Runs a round of one proxy whether or not it is due; it counts like any other. `inconclusive` too when nothing of it
     * counted: the proxy is gone, the probe did not end in time, or the sweep's failures look like our own.
     */
    async checkNow(id: string, probe: RunProbe): Promise<{ outcome: ProbeReport['outcome']; hasEvents: boolean }> {
      const [row] = await store.load([id]);
      if (row === undefined || row.status === 'unsupported') return { outcome: 'inconclusive', hasEvents: false };
      const { counted, hasEvents } = await runRounds([row], [id], probe);
      return { outcome: counted[0]?.report.outcome ?? 'inconclusive', hasEvents };
    },
  };
}

export type ChecksService = ReturnType<typeof createChecksService>;
