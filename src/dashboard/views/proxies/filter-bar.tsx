import { SelectField, TextField } from '../../parts/field.tsx';
import { countSet, type FilterName, type Filters, filtersOf } from './filters.model.ts';

interface FilterBarProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

const any = ['', 'Any'] as const;
const named = (values: readonly string[]) => [any, ...values.map((value) => [value, value] as const)];

const selects = [
  ['status', 'Status', named(['active', 'unchecked', 'dead', 'unsupported'])],
  ['protocol', 'Protocol', named(['http', 'https', 'socks4', 'socks5'])],
  ['anonymity', 'Anonymity', named(['elite', 'anonymous', 'transparent'])],
] as const;

const orders = [
  [
    'sort',
    'Sort by',
    [
      ['', 'Score'],
      ['latency', 'Latency'],
      ['uptime', 'Uptime'],
      ['last_checked', 'Last check'],
    ],
  ],
  [
    'order',
    'Order',
    [
      ['', 'Best first'],
      ['asc', 'Ascending'],
      ['desc', 'Descending'],
    ],
  ],
] as const;

const numbers = [
  ['min_score', 'Score from', { min: 0, max: 1, step: 0.05 }],
  ['max_latency_ms', 'Latency up to, ms', { min: 0 }],
  ['min_uptime_pct', 'Uptime from, %', { min: 0, max: 100 }],
  ['verified_within_minutes', 'Checked within, min', { min: 1, step: 1 }],
] as const;

/** All filters that the API has, as fields. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const set = (name: FilterName) => (value: string) => onChange({ ...filters, [name]: value });
  return (
    <details class="filters" open={matchMedia('(width >= 800px)').matches}>
      <summary>Filters and order {countSet(filters) > 0 && <span class="tag">{countSet(filters)} set</span>}</summary>
      <div class="filter-fields">
        {selects.map(([name, label, options]) => (
          <SelectField key={name} label={label} value={filters[name]} onValue={set(name)} options={options} />
        ))}
        <TextField label="Country" placeholder="DE" value={filters.country} onValue={set('country')} />
        <TextField label="Pool" placeholder="default" value={filters.pool} onValue={set('pool')} />
        {numbers.map(([name, label, limits]) => (
          <TextField key={name} label={label} type="number" value={filters[name]} onValue={set(name)} {...limits} />
        ))}
        {orders.map(([name, label, options]) => (
          <SelectField key={name} label={label} value={filters[name]} onValue={set(name)} options={options} />
        ))}
        <button type="button" onClick={() => onChange(filtersOf(new URLSearchParams()))}>
          Clear
        </button>
      </div>
    </details>
  );
}
