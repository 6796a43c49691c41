import type { TelemetryRecord } from '../../api/gateway-types.ts';
import type { Line } from '../../parts/chart.types.ts';

/** `2025-09-10-02` as seconds since 1970: a record's key has as many parts as its interval is fine. */
export function startS(sKey: string): number {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0] = sKey.split('-').map(Number);
  return Date.UTC(year, month - 1, day, hour, minute) / 1_000;
}

const legs = [
  { leg: 'proxy', name: 'Callers', color: '--accent' },
  { leg: 'target', name: 'Target', color: '--waiting' },
] as const;

type Figures = 'countMap' | 'averageResponseTimeMap' | 'errorRateMap';

/** A line for each leg: what the callers saw, and what the target did. */
function linesOf(records: readonly TelemetryRecord[], figures: Figures, factor: number): Line[] {
  return legs.map(({ leg, name, color }) => ({
    name,
    color,
    spansGaps: true,
    values: records.map((record) => {
      const value = record[figures][leg];
      return value === undefined ? null : value * factor;
    }),
  }));
}

/** The records of a proxy, oldest first, as three pictures of the same moments. */
export function telemetryLines(records: readonly TelemetryRecord[]) {
  return {
    timesS: records.map(({ sKey }) => startS(sKey)),
    calls: linesOf(records, 'countMap', 1),
    times: linesOf(records, 'averageResponseTimeMap', 1_000),
    errors: linesOf(records, 'errorRateMap', 100),
  };
}

/** How often each status came to the callers, the most frequent first. */
export function statusCounts(records: readonly TelemetryRecord[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { codeCountMap } of records) {
    for (const [key, count] of Object.entries(codeCountMap)) {
      const [code = '', leg] = key.split(':');
      if (leg === 'proxy') counts.set(code, (counts.get(code) ?? 0) + count);
    }
  }
  return [...counts].map(([name, count]) => ({ name, count })).sort((left, right) => right.count - left.count);
}
