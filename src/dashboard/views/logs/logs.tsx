import { useMemo } from 'preact/hooks';
import type { LogLine, LogList, ProcessList } from '../../../api-client/ops.types.ts';
import { useAnswer } from '../../api/queries.ts';
import { useSettled } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { replaceHash } from '../../app/route.ts';
import type { ViewProps } from '../../app/views.ts';
import { LiveBar, usePause } from '../../live/live-bar.tsx';
import { type TailSource, useTail } from '../../live/tail.ts';
import { Busy } from '../../parts/busy.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { type LogFilters, logFiltersOf, logQueryOf } from './log-filters.model.ts';
import { LogLines } from './log-lines.tsx';

/** A pattern is looked for when it is typed, not at each of its letters. */
const TYPING_MS = 400;
const FIRST_LINES = '300';

const itemsOf = ({ logs }: LogList) => logs;
const keyOf = ({ timestamp, process, line }: LogLine) => `${timestamp} ${process} ${line}`;

function sourceOf(search: string): TailSource<LogLine, LogList> {
  const list = new URLSearchParams(search);
  list.set('lines', FIRST_LINES);
  return { list: `/api/v1/logs?${list}`, stream: `/api/v1/logs/stream?${search}`, itemsOf, keyOf };
}

function FilterFields({ filters, onChange }: { filters: LogFilters; onChange: (filters: LogFilters) => void }) {
  const names = useAnswer<ProcessList>('/api/v1/processes').data?.processes.map(({ name }) => name) ?? [];
  const set = (field: keyof LogFilters) => (value: string) => onChange({ ...filters, [field]: value });
  const processes = [['', 'All'], ...names.map((name) => [name, name] as const)] as const;
  return (
    <div class="fields">
      <SelectField label="Process" value={filters.process} onValue={set('process')} options={processes} />
      <TextField label="Lines with" type="search" value={filters.pattern} onValue={set('pattern')} />
      <SelectField
        label="Read as"
        value={filters.regex}
        onValue={set('regex')}
        options={[
          ['', 'Plain text'],
          ['true', 'Regular expression, RE2'],
        ]}
      />
    </div>
  );
}

/** What the background jobs say, as they say it. */
export function Logs({ route }: ViewProps) {
  const filters = logFiltersOf(route.query);
  const search = useSettled(logQueryOf(filters).toString(), TYPING_MS);
  const tail = useTail(useMemo(() => sourceOf(search), [search]));
  const { shown, isPaused, newer, toggle } = usePause(tail);
  return (
    <>
      <header class="view-header">
        <h1>Logs</h1>
        <LiveBar state={tail.state} hasGaps={tail.hasGaps} isPaused={isPaused} newer={newer} onToggle={toggle} />
      </header>
      <FilterFields
        filters={filters}
        onChange={(next) => replaceHash(hashOf('logs', [], Object.fromEntries(Object.entries(next))))}
      />
      {tail.error && <ErrorNote error={tail.error} />}
      {shown.items === null && !tail.error && <Busy label="Asking for the log" />}
      {shown.items?.length === 0 && (
        <p class="empty">
          No line matches so far. Each job writes one when it has done something: new ones show here by themselves.
        </p>
      )}
      {shown.items !== null && shown.items.length > 0 && <LogLines lines={shown.items} />}
    </>
  );
}
