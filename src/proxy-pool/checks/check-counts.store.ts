import type { Write } from '../../platform/db/writes.ts';
import { SAME_ROUND } from './check-writes.types.ts';
import type { ConcludedRound } from './checks.model.ts';
import type { ProbeReport } from './checks.types.ts';

/** Rows move between groups: each leaves the one that the database has it in, and enters the one that the check found. */
const MOVE_GROUPS = `
  INSERT INTO proxy_group_changes
  WITH steps AS (
    SELECT proxies.pool_number, proxies.status, proxies.protocol, COALESCE(proxies.anonymity, '') AS anonymity,
      COALESCE(proxies.country, '') AS country, printf('%.0f', proxies.score * 100) AS score, proxies.score IS NOT NULL AS scored,
      -1 AS step
    FROM json_each(?1) AS item JOIN proxies ON ${SAME_ROUND}
    UNION ALL
    SELECT proxies.pool_number, item.value ->> 'status', proxies.protocol, COALESCE(item.value ->> 'anonymity', ''),
      COALESCE(iif(item.value ->> 'setsCountry', item.value ->> 'country', proxies.country), ''), printf('%.0f', (item.value ->> 'score') * 100), item.value ->> 'score' IS NOT NULL, 1
    FROM json_each(?1) AS item JOIN proxies ON ${SAME_ROUND}
  ), sums AS (
    SELECT pool_number, status, protocol, anonymity, country, score, scored, SUM(step) AS step
    FROM steps GROUP BY 1, 2, 3, 4, 5, 6, 7
  )
  SELECT pool_number, status, protocol, anonymity, country, SUM(step),
    json_group_object(score, step) FILTER (WHERE scored AND step <> 0), 0, 0
  FROM sums GROUP BY 1, 2, 3, 4, 5 HAVING SUM(step) <> 0 OR MAX(scored AND step <> 0)`;

const latencyUs = (latency: string) => `COALESCE(CAST(ROUND((${latency}) * 1000) AS INTEGER), 0)`;

/** One row a pool, whatever the size of the batch: averages move with every check, and each is counted. */
const MOVE_AVERAGES = `
  INSERT INTO pool_averages (pool_number, timed, latency_us, last_checked_at, passed, failed, inconclusive)
  SELECT proxies.pool_number,
    SUM((item.value ->> 'status' = 'active' AND item.value ->> 'avgLatencyMs' IS NOT NULL)
      - (proxies.status = 'active' AND proxies.avg_latency_ms IS NOT NULL)),
    SUM(iif(item.value ->> 'status' = 'active', ${latencyUs("item.value ->> 'avgLatencyMs'")}, 0)
      - iif(proxies.status = 'active', ${latencyUs('proxies.avg_latency_ms')}, 0)), ?2,
    SUM(item.value ->> 'outcome' = 'passed'), SUM(item.value ->> 'outcome' = 'failed'),
    SUM(item.value ->> 'outcome' = 'inconclusive')
  FROM json_each(?1) AS item JOIN proxies ON ${SAME_ROUND} GROUP BY proxies.pool_number
  ON CONFLICT DO UPDATE SET timed = timed + excluded.timed, latency_us = latency_us + excluded.latency_us,
    last_checked_at = MAX(COALESCE(last_checked_at, 0), excluded.last_checked_at), passed = passed + excluded.passed,
    failed = failed + excluded.failed, inconclusive = inconclusive + excluded.inconclusive`;

const COUNT_LIVES = `
  INSERT INTO source_lives (source_id, rung, ended, survived)
  SELECT sources.id, item.value ->> 'rung', SUM(item.value ->> 'ended'), SUM(1 - (item.value ->> 'ended'))
  FROM json_each(?1) AS item JOIN proxies ON ${SAME_ROUND} JOIN sources ON sources.id = proxies.source_id GROUP BY 1, 2
  ON CONFLICT DO UPDATE SET ended = ended + excluded.ended, survived = survived + excluded.survived`;

type CountedRound = ConcludedRound & { report: Pick<ProbeReport, 'outcome'> };

const GROUPED_BY = ['status', 'anonymity', 'country', 'score'] as const;

/** A scrape may name the country of one that was never checked while its first check runs. */
function mayMove({ before, after }: ConcludedRound): boolean {
  return before.lastCheckedAtMs === null || GROUPED_BY.some((column) => before[column] !== after[column]);
}

/**
 * What finished rounds change in the counters. Must run before the rows are updated, in their transaction: it counts the
 * rows that are still in the round that was checked, from what they are to what they become. A batch writes a row for each
 * group that it changes, and one for each pool.
 */
export function countWrites(checks: readonly CountedRound[], nowMs: number): Write[] {
  const rowsOf = (some: readonly CountedRound[]) =>
    JSON.stringify(
      some.map(({ before, after: { id, status, anonymity, country, score, avgLatencyMs }, report: { outcome } }) => {
        // As the update of the row does: a country that the check did not change is left as it is.
        const setsCountry = country !== before.country;
        return {
          id,
          checkedRound: before.round,
          status,
          anonymity,
          country,
          setsCountry,
          score,
          avgLatencyMs,
          outcome,
        };
      }),
    );
  const moved = checks.filter(mayMove);
  const steps = checks.flatMap(({ before: { id, round }, lifeSteps }) =>
    lifeSteps.map(({ rung, ended }) => ({ id, checkedRound: round, rung, ended: Number(ended) })),
  );
  return [
    ...(moved.length > 0 ? [[MOVE_GROUPS, rowsOf(moved)] as const] : []),
    [MOVE_AVERAGES, rowsOf(checks), nowMs],
    ...(steps.length > 0 ? [[COUNT_LIVES, JSON.stringify(steps)] as const] : []),
  ];
}
