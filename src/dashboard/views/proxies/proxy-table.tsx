import { useCallback } from 'preact/hooks';
import type { ProxyView } from '../../../api-client/pool.types.ts';
import { PAGE_ITEMS, type usePages } from '../../api/queries.ts';
import { useNowMs } from '../../app/clock.ts';
import { hashOf } from '../../app/route.model.ts';
import { formatAgo, formatLatency } from '../../parts/format.model.ts';
import { type Column, VirtualTable } from '../../parts/virtual-table.tsx';
import { StatusTag } from './status-tag.tsx';

interface ProxyTableProps {
  pages: ReturnType<typeof usePages<ProxyView>>;
  total: number;
  query: URLSearchParams;
}

function CheckedAgo({ at }: { at: string | null }) {
  return <>{formatAgo(at, useNowMs())}</>;
}

const columns: readonly Column<ProxyView>[] = [
  { title: 'Address', width: '28%', cell: ({ protocol, ip, port }) => `${protocol}://${ip}:${port}` },
  { title: 'Status', width: '11%', cell: (proxy) => <StatusTag proxy={proxy} /> },
  { title: 'Score', isNumber: true, cell: ({ score }) => (score === null ? '–' : score.toFixed(2)) },
  { title: 'Latency', isNumber: true, isExtra: true, cell: ({ avg_latency_ms: ms }) => formatLatency(ms) },
  {
    title: 'Uptime',
    isNumber: true,
    isExtra: true,
    cell: ({ uptime_pct: percent }) => (percent === null ? '–' : `${Math.round(percent)} %`),
  },
  { title: 'Anonymity', isExtra: true, cell: ({ anonymity }) => anonymity ?? '–' },
  { title: 'Country', isExtra: true, cell: ({ country }) => country ?? '–' },
  { title: 'Checked', isExtra: true, cell: ({ last_checked_at: at }) => <CheckedAgo at={at} /> },
];

/** The list as far as it was read; the next page comes when its end is near. */
export function ProxyTable({ pages, total, query }: ProxyTableProps) {
  const read = pages.data?.pages ?? [];
  const count = read.reduce((sum, { items }) => sum + items.length, 0);
  const { hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = pages;
  const readOn = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage]);
  return (
    <VirtualTable
      label="Proxies"
      columns={columns}
      count={count}
      total={total}
      rowAt={(index) => read[Math.floor(index / PAGE_ITEMS)]?.items[index % PAGE_ITEMS]}
      hrefOf={({ id }) => hashOf('proxies', [id], Object.fromEntries(query))}
      onEnd={readOn}
    />
  );
}
