import { keepPreviousData, useQuery } from '@tanstack/preact-query';
import { useMemo, useState } from 'preact/hooks';
import { call } from '../../api/call.ts';
import type { Telemetry as TelemetryAnswer, TelemetryRecord } from '../../api/gateway-types.ts';
import { BarList } from '../../parts/bars.tsx';
import { Busy } from '../../parts/busy.tsx';
import { Chart } from '../../parts/chart.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { statusCounts, telemetryLines } from './telemetry.model.ts';

/** Calls are in the telemetry some seconds after they were made. */
const TELEMETRY_EVERY_MS = 10_000;

const [MINUTE_S, HOUR_S, DAY_S] = [60, 3_600, 86_400];

/** Interval, its name, and the least time that its charts span. */
const intervals = [
  ['minute', 'By minute', 10 * MINUTE_S],
  ['hour', 'By hour', 12 * HOUR_S],
  ['day', 'By day', 10 * DAY_S],
  ['month', 'By month', 365 * DAY_S],
] as const;

interface ChartsProps {
  records: readonly TelemetryRecord[];
  leastSpanS: number;
}

function Charts({ records, leastSpanS }: ChartsProps) {
  const { timesS, calls, times, errors } = useMemo(() => telemetryLines(records), [records]);
  return (
    <>
      <h4>Calls</h4>
      <Chart
        label="Calls over time, of callers and to the target"
        timesS={timesS}
        leastSpanS={leastSpanS}
        lines={calls}
      />
      <h4>Average time to the answer, ms</h4>
      <Chart
        label="Average response time over time, of both legs"
        timesS={timesS}
        leastSpanS={leastSpanS}
        lines={times}
      />
      <h4>Errors, %</h4>
      <Chart label="Share of errors over time, of both legs" timesS={timesS} leastSpanS={leastSpanS} lines={errors} />
      <h4>What callers got</h4>
      <BarList label="Answers by status" bars={statusCounts(records)} />
    </>
  );
}

/** What the calls through a proxy were like: what callers saw, and what the target did. */
export function Telemetry({ path }: { path: string }) {
  const [chosen, setChosen] = useState('minute');
  const [interval, , leastSpanS] = intervals.find(([name]) => name === chosen) ?? intervals[0];
  const asked = `${path}/telemetry?interval=${interval}`;
  const telemetry = useQuery({
    queryKey: [asked],
    queryFn: ({ signal }) => call<TelemetryAnswer>('GET', asked, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: TELEMETRY_EVERY_MS,
  });
  const records = telemetry.data?.telemetry;
  return (
    <section aria-label="Telemetry">
      <div class="card-header">
        <h3>Telemetry</h3>
        <select aria-label="Interval" value={interval} onChange={(event) => setChosen(event.currentTarget.value)}>
          {intervals.map(([value, shown]) => (
            <option key={value} value={value}>
              {shown}
            </option>
          ))}
        </select>
      </div>
      {telemetry.error && <ErrorNote error={telemetry.error} retry={() => void telemetry.refetch()} />}
      {!records && !telemetry.error && <Busy label="Asking for the telemetry" />}
      {records?.length === 0 && <p class="muted">No call yet. They show here some seconds after they were made.</p>}
      {records && records.length > 0 && <Charts records={records} leastSpanS={leastSpanS} />}
    </section>
  );
}
