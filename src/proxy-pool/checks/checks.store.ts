import type { EventData } from '../../notifiers/events.schemas.ts';
import { toTimestamp } from '../../platform/clock.ts';
import { selectList } from '../../platform/db/select-list.ts';
import { prepareWrite, type Write } from '../../platform/db/writes.ts';
import { createId } from '../../platform/ids.ts';
import type { OutcomeVoice } from '../outcomes/outcomes.model.ts';
import { forgetWrite } from '../outcomes/outcomes.store.ts';
import { countWrites } from './check-counts.store.ts';
import { SAME_ROUND } from './check-writes.types.ts';
import { checkedColumns } from './checks.columns.ts';
import type { ConcludedRound, GoodCounts } from './checks.model.ts';
import type { CheckedProxy, ProbeReport } from './checks.types.ts';

export interface FinishedCheck extends ConcludedRound {
  report: ProbeReport;
  /** What sessions said that this round took in; none of an inconclusive one. */
  heard: readonly OutcomeVoice[];
}

/** A sweep is the checks of one minute. */
export function sweepStartMs(nowMs: number): number {
  return nowMs - (nowMs % 60_000);
}

/** Columns of an index: an UPDATE that sets one, even to its old value, pays for the index too. */
const INDEXED_COLUMNS = ['status', 'score', 'country'] as const;

/** Set after every round; none is in an index of an active proxy. */
const PLAIN_COLUMNS = {
  leasable: 'leasable',
  anonymity: 'anonymity',
  exit_ip: 'exitIp',
  asn: 'asn',
  avg_latency_ms: 'avgLatencyMs',
  uptime: 'uptime',
  supports_tunnel: 'supportsTunnel',
  round: 'round',
  failed_rounds: 'failedRounds',
  last_checked_at: 'lastCheckedAtMs',
  last_passed_at: 'lastPassedAtMs',
  next_check_at: 'nextCheckAtMs',
  died_at: 'diedAtMs',
  alive_since: 'aliveSinceMs',
  lies: 'lies',
  probation_rounds: 'probationRounds',
  caught_verdict: 'caughtVerdict',
  caught_at: 'caughtAtMs',
} as const satisfies Record<string, keyof CheckedProxy>;

const plainAssignments = Object.entries(PLAIN_COLUMNS).map(
  ([column, field]) => `${column} = item.value ->> '${field}'`,
);

/** What the UPDATE of a row must set besides the plain columns: rows with the same changes share a statement. */
function indexedChanges({ before, after, isNews }: FinishedCheck): string {
  const changed: string[] = INDEXED_COLUMNS.filter((column) => before[column] !== after[column]);
  return [...changed, ...(isNews ? ['revision'] : [])].join();
}

const NEXT_REVISION = `(SELECT value FROM sequences WHERE name = 'proxy_revision') + (item.value ->> 'revisionStep')`;

/** Updates rows that have the same columns to set. */
function updateWrite(changes: string, rows: readonly unknown[]): Write {
  const assignments = [
    ...plainAssignments,
    ...changes
      .split(',')
      .filter(Boolean)
      .map((column) => `${column} = ${column === 'revision' ? NEXT_REVISION : `item.value ->> '${column}'`}`),
  ];
  const text = `UPDATE proxies SET ${assignments.join(', ')} FROM json_each(?1) AS item WHERE ${SAME_ROUND}`;
  return [text, JSON.stringify(rows)];
}

function toBit(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}

function updateWrites(checks: readonly FinishedCheck[]): Write[] {
  const groups = new Map<string, unknown[]>();
  let revisionStep = 0;
  for (const check of checks) {
    const changes = indexedChanges(check);
    if (check.isNews) revisionStep += 1;
    const { username: _username, passwordSealed: _sealed, ...after } = check.after;
    const bits = { leasable: toBit(after.leasable), supportsTunnel: toBit(after.supportsTunnel) };
    const row = { ...after, ...bits, checkedRound: check.before.round, revisionStep };
    groups.set(changes, [...(groups.get(changes) ?? []), row]);
  }
  const writes = [...groups].map(([changes, rows]) => updateWrite(changes, rows));
  // The steps that nobody took, when a row has moved on meanwhile, are gaps; order is all that counts.
  if (revisionStep > 0) {
    writes.push([`UPDATE sequences SET value = value + ?1 WHERE name = 'proxy_revision'`, revisionStep]);
  }
  return writes;
}

function historyWrite(checks: readonly FinishedCheck[], nowMs: number): Write {
  const rows = checks.map(({ before, report: { results } }) => ({
    id: before.id,
    checkedRound: before.round,
    results,
  }));
  const text = `INSERT OR IGNORE INTO proxy_checks (proxy_id, round, created_at, results)
    SELECT proxies.id, proxies.round, ?2, item.value -> 'results' FROM json_each(?1) AS item JOIN proxies ON ${SAME_ROUND}`;
  return [text, JSON.stringify(rows), nowMs];
}

function deathWrite(checks: readonly FinishedCheck[], nowMs: number): Write {
  const rows = checks.map(({ before: { id, ip, port, protocol, round } }) => {
    const payload = { proxy_id: id, ip, port, protocol } satisfies EventData<'proxy.died'>;
    return { id, checkedRound: round, eventId: createId(), payload };
  });
  const text = `INSERT INTO outbox (id, type, payload, created_at)
    SELECT item.value ->> 'eventId', 'proxy.died', item.value -> 'payload', ?2
    FROM json_each(?1) AS item JOIN proxies ON ${SAME_ROUND}`;
  return [text, JSON.stringify(rows), nowMs];
}

function forgetWrites(checks: readonly FinishedCheck[]): Write[] {
  const heard = new Map(
    checks.filter((check) => check.heard.length > 0).map((check) => [check.before.id, check.heard]),
  );
  return heard.size > 0 ? [forgetWrite(heard)] : [];
}

function sweepWrite(startedAtMs: number, failed: number, suspectAtMs: number | null): Write {
  const text = `INSERT INTO sweeps (started_at, failed, suspect_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (started_at) DO UPDATE SET
      failed = failed + excluded.failed, suspect_at = COALESCE(suspect_at, excluded.suspect_at)`;
  return [text, startedAtMs, failed, suspectAtMs];
}

const LOAD = `SELECT ${selectList(checkedColumns)}
  FROM json_each(?1) AS asked CROSS JOIN proxies ON proxies.id = asked.value`;

/** A row as it comes, with numbers for truths. */
type LoadedRow = Omit<CheckedProxy, 'leasable' | 'supportsTunnel'> & {
  leasable: number;
  supportsTunnel: number | null;
};

export function createChecksStore({ binding }: { binding: D1Database }) {
  /** Runs writes in one transaction, and returns how many rows they wrote, index entries included. */
  async function transact(writes: readonly Write[]): Promise<number> {
    const results = await binding.batch(writes.map((write) => prepareWrite(binding, write)));
    return results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
  }

  return {
    /** The proxies of these ids that exist, as the checks need them. */
    async load(ids: readonly string[]): Promise<CheckedProxy[]> {
      const { results } = await binding.prepare(LOAD).bind(JSON.stringify(ids)).all<LoadedRow>();
      return results.map(({ leasable, supportsTunnel, ...row }) => {
        return {
          ...row,
          leasable: leasable === 1,
          supportsTunnel: supportsTunnel === null ? null : supportsTunnel === 1,
        };
      });
    },

    /**
     * Writes finished rounds, at least one, all in one transaction. Rounds whose rows have moved on change nothing.
     * `failedGood` counts toward the sweep. Returns rows written.
     */
    write(checks: readonly FinishedCheck[], failedGood: number, nowMs: number): Promise<number> {
      const withHistory = checks.filter(({ keepsHistory }) => keepsHistory);
      const died = checks.filter(({ hasDied }) => hasDied);
      return transact([
        // Before the updates, while the rows are still in the round that these are about.
        ...(withHistory.length > 0 ? [historyWrite(withHistory, nowMs)] : []),
        ...(died.length > 0 ? [deathWrite(died, nowMs)] : []),
        ...forgetWrites(checks),
        ...countWrites(checks, nowMs),
        ...updateWrites(checks),
        ...(failedGood > 0 ? [sweepWrite(sweepStartMs(nowMs), failedGood, null)] : []),
      ]);
    },

    /** What the running sweep has seen of good proxies so far. */
    async countSweep(nowMs: number): Promise<GoodCounts> {
      const row = await binding
        .prepare(
          `SELECT COALESCE((SELECT failed FROM sweeps WHERE started_at = ?1), 0) AS failed,
            (SELECT COUNT(*) FROM proxies WHERE status = 'active' AND last_passed_at >= ?1) AS passed`,
        )
        .bind(sweepStartMs(nowMs))
        .first<{ failed: number; passed: number }>();
      const { failed, passed } = row ?? { failed: 0, passed: 0 };
      return { good: failed + passed, failed };
    },

    /** Notes that a sweep is suspect; the first time it raises the event. Nothing else of the batch is kept. */
    async noteSuspect({ good, failed }: GoodCounts, nowMs: number): Promise<void> {
      const startedAtMs = sweepStartMs(nowMs);
      const told = { sweep_started_at: toTimestamp(startedAtMs), good, failed } satisfies EventData<'sweep.suspect'>;
      const payload = JSON.stringify(told);
      const event = `INSERT INTO outbox (id, type, payload, created_at) SELECT ?1, 'sweep.suspect', ?2, ?3
        WHERE NOT EXISTS (SELECT 1 FROM sweeps WHERE started_at = ?4 AND suspect_at IS NOT NULL)`;
      await transact([[event, createId(), payload, nowMs, startedAtMs], sweepWrite(startedAtMs, failed, nowMs)]);
    },
  };
}

export type ChecksStore = ReturnType<typeof createChecksStore>;
