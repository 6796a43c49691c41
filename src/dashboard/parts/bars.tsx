import { formatCount } from './format.model.ts';

export type Tone = 'good' | 'bad' | 'waiting' | 'idle' | 'accent';

export interface Bar {
  name: string;
  count: number;
  /** Where those that are counted can be seen. */
  href?: string;
  tone?: Tone;
}

/** Of a column's height; the rest is for the number above it. */
const COLUMN_SHARE = 0.84;

const percentOf = (count: number, whole: number) => (whole === 0 ? 0 : (count / whole) * 100);

/** One bar of several parts, and what they are. */
export function StackedBar({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const whole = bars.reduce((sum, { count }) => sum + count, 0);
  return (
    <div class="stacked">
      <div class="stacked-bar" aria-hidden="true">
        {bars.map(({ name, count, tone = 'accent' }) => (
          <span key={name} class={`tone-${tone}`} style={{ width: `${percentOf(count, whole)}%` }} />
        ))}
      </div>
      <ul class="legend" aria-label={label}>
        {bars.map(({ name, count, href, tone = 'accent' }) => (
          <li key={name}>
            <span class={`dot tone-${tone}`} aria-hidden="true" />
            <span>{href === undefined ? name : <a href={href}>{name}</a>}</span>
            <strong>{formatCount(count)}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A bar for each name, all against the largest one. */
export function BarList({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const largest = Math.max(0, ...bars.map(({ count }) => count));
  return (
    <ul class="bar-list" aria-label={label}>
      {bars.map(({ name, count, href, tone = 'accent' }) => (
        <li key={name}>
          <span class="bar-name">{href === undefined ? name : <a href={href}>{name}</a>}</span>
          <span class="bar-track" aria-hidden="true">
            <span class={`tone-${tone}`} style={{ width: `${percentOf(count, largest)}%` }} />
          </span>
          <span class="bar-count">{formatCount(count)}</span>
        </li>
      ))}
    </ul>
  );
}

interface ColumnsProps {
  label: string;
  columns: readonly Bar[];
}

/** Columns side by side: a distribution. */
export function Columns({ label, columns }: ColumnsProps) {
  const largest = Math.max(0, ...columns.map(({ count }) => count));
  return (
    <ol class="columns" aria-label={label}>
      {columns.map(({ name, count, href }) => (
        <li key={name} title={`${name}: ${formatCount(count)}`}>
          <span class="column-space">
            <span class="column-count">{count > 0 ? formatCount(count) : ''}</span>
            <span
              class="column-bar tone-accent"
              aria-hidden="true"
              style={{ height: `${percentOf(count, largest) * COLUMN_SHARE}%` }}
            />
          </span>
          <span class="column-name">{href === undefined || count === 0 ? name : <a href={href}>{name}</a>}</span>
        </li>
      ))}
    </ol>
  );
}
