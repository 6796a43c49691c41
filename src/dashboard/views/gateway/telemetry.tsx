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

const intervals = [
  ['minute', 'By minute'],
  ['hour', 'By hour'],
  ['day', 'By day'],
  ['month', 'By month'],
] as const;

function Charts({ records }: { records: readonly TelemetryRecord[] }) {
  const { timesS, calls, times, errors } = useMemo(() => telemetryLines(records), [records]);
  return (
    <>
      <h4>Calls</h4>
      <Chart label="Calls over time, of callers and to the target" timesS={timesS} lines={calls} />
      <h4>Average time to the answer, ms</h4>
      <Chart label="Average response time over time, of both legs" timesS={timesS} lines={times} />
      <h4>Errors, %</h4>
      <Chart label="Share of errors over time, of both legs" timesS={timesS} lines={errors} />
      <h4>What callers got</h4>
      <BarList label="Answers by status" bars={statusCounts(records)} />
    </>
  );
}

/** What the calls through a proxy were like: what callers saw, and what the target did. */
export function Telemetry({ path }: { path: string }) {
  const [interval, setInterval] = useState('minute');
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
        <select aria-label="Interval" value={interval} onChange={(event) => setInterval(event.currentTarget.value)}>
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
      {records && records.length > 0 && <Charts records={records} />}
    </section>
  );
}
