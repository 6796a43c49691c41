import { type BenchRow, isMet } from './scenario.types.ts';

/** Three figures that count; rows and proxies are whole numbers mostly. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function targetOf({ target, unit }: BenchRow): string {
  if (target === null) return '';
  return 'atLeast' in target ? `≥ ${target.atLeast} ${unit}` : `≤ ${target.atMost} ${unit}`;
}

/** `ok`, `short`, or nothing where there is no target or nobody judges. */
export function verdictOf(row: BenchRow, isJudged: boolean): '' | 'ok' | 'short' {
  const met = isJudged ? isMet(row) : null;
  if (met === null) return '';
  return met ? 'ok' : 'short';
}

/** The rows as lines of text, a figure's background on a line of its own. */
export function renderTable(rows: readonly BenchRow[], isJudged: boolean): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  return rows
    .flatMap((row) => {
      const { what, value, unit, detail } = row;
      const cells = [what.padEnd(width), `${figure(value)} ${unit}`.padStart(12), targetOf(row).padStart(12)];
      const line = `${cells.join('  ')}  ${verdictOf(row, isJudged)}`.trimEnd();
      return detail === '' ? [line] : [line, `    ${detail}`];
    })
    .join('\n');
}
