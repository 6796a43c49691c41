import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useVirtualRows } from './virtual-rows.ts';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers are set to the right. */
  isNumber?: boolean;
  /** Left out on a small screen. */
  isExtra?: boolean;
  /** CSS width. */
  width?: string;
}

interface VirtualTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  /** Rows that are there; more may come. */
  count: number;
  /** All there are, as the API counted them. */
  total: number;
  rowAt: (index: number) => Row | undefined;
  /** Where a row leads; its first cell is the link. */
  hrefOf: (row: Row) => string;
  /** Called when the last rows come into sight. */
  onEnd: () => void;
}

const ROW_HEIGHT_PX = 40;
/** So far before the end the next page is asked for: two screens. */
const ROWS_AHEAD = 60;

function classOf<Row>({ isNumber = false, isExtra = false }: Column<Row>): string {
  return `${isNumber ? 'number' : ''} ${isExtra ? 'extra' : ''}`.trim();
}

/** Up and down go from row to row, whether the next one is drawn yet or not. */
function moveFocus(event: KeyboardEvent, scrollTo: (index: number) => void, count: number): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const table = event.currentTarget;
  if (step === 0 || !(event.target instanceof HTMLElement) || !(table instanceof HTMLElement)) return;
  const next = Number(event.target.dataset.index) + step;
  if (!(next >= 0 && next < count)) return;
  event.preventDefault();
  scrollTo(next);
  requestAnimationFrame(() => table.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus());
}

/** A table of very many rows: only those in sight are in the document. */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, columns, count, total, rowAt, hrefOf, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualRows({ count, rowHeightPx: ROW_HEIGHT_PX, scroller });
  const rows = virtualizer.getVirtualItems();
  const [above, below] = [rows[0]?.start ?? 0, virtualizer.getTotalSize() - (rows.at(-1)?.end ?? 0)];
  const lastIndex = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastIndex >= count - ROWS_AHEAD) onEnd();
  }, [lastIndex, count, onEnd]);
  return (
    <div class="table-scroller" ref={scroller}>
      <table
        class="rows"
        aria-label={label}
        aria-rowcount={total + 1}
        onKeyDown={(event) => moveFocus(event, (index) => virtualizer.scrollToIndex(index), count)}
      >
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)} style={{ '--width': column.width ?? 'auto' }}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr style={{ height: `${above}px` }} />
          {rows.map(({ index }) => {
            const row = rowAt(index);
            return row === undefined ? null : (
              <TableRow key={index} index={index} row={row} columns={columns} href={hrefOf(row)} />
            );
          })}
          <tr style={{ height: `${below}px` }} />
        </tbody>
      </table>
    </div>
  );
}

interface TableRowProps<Row> {
  index: number;
  row: Row;
  columns: readonly Column<Row>[];
  href: string;
}

function TableRow<Row>({ index, row, columns, href }: TableRowProps<Row>) {
  return (
    <tr aria-rowindex={index + 2}>
      {columns.map((column, place) => (
        <td key={column.title} class={classOf(column)}>
          {place === 0 ? (
            <a class="row-link" href={href} data-index={index}>
              {column.cell(row)}
            </a>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  );
}
