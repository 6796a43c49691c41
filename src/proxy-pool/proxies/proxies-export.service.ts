import type { Clock } from '../../platform/clock.ts';
import { csvLines } from '../../platform/http/csv.ts';
import type { ExportProxiesQuery, ProxyView } from './proxies.schemas.ts';
import { toProxyView } from './proxies.service.ts';
import type { ProxiesStore } from './proxies.store.ts';

/** Rows of one query: an export of a million takes 1,000, which is what an invocation may run. */
export const EXPORT_PAGE_ROWS = 1_000;

const CSV_COLUMNS = [
  'id',
  'ip',
  'port',
  'protocol',
  'pool',
  'status',
  'leasable',
  'anonymity',
  'exit_ip',
  'country',
  'score',
  'avg_latency_ms',
  'uptime_pct',
  'supports_tunnel',
  'last_checked_at',
  'first_seen_at',
] as const satisfies readonly (keyof ProxyView)[];

/** `scheme://ip:port`, as other tools take it. */
function endpointUrl({ protocol, ip, port }: ProxyView): string {
  return `${protocol}://${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}

/** How a format begins, writes a page, and ends. `isFirst`: nothing was written yet. */
interface ExportFormat {
  contentType: string;
  head: string;
  page(proxies: readonly ProxyView[], isFirst: boolean): string;
  tail: string;
}

export const exportFormats = {
  txt: {
    contentType: 'text/plain; charset=utf-8',
    head: '',
    page: (proxies) => proxies.map((proxy) => `${endpointUrl(proxy)}\n`).join(''),
    tail: '',
  },
  csv: {
    contentType: 'text/csv; charset=utf-8',
    head: csvLines([CSV_COLUMNS]),
    page: (proxies) => csvLines(proxies.map((proxy) => CSV_COLUMNS.map((column) => proxy[column]))),
    tail: '',
  },
  json: {
    contentType: 'application/json',
    head: '[',
    page: (proxies, isFirst) =>
      proxies.map((proxy, index) => `${isFirst && index === 0 ? '' : ','}\n${JSON.stringify(proxy)}`).join(''),
    tail: '\n]\n',
  },
} as const satisfies Record<ExportProxiesQuery['format'], ExportFormat>;

/** Writes the inventory out, page by page in the order of ids, in as much memory as a page takes. */
export function createProxiesExport({ store, clock }: { store: ProxiesStore; clock: Clock }) {
  return {
    /** The proxies that pass the filters, without user names and passwords: those are for leases. */
    async *texts(query: ExportProxiesQuery): AsyncGenerator<string, void, void> {
      const format: ExportFormat = exportFormats[query.format];
      const nowMs = clock.nowMs();
      if (format.head !== '') yield format.head;
      let afterId = '';
      let isFirst = true;
      for (;;) {
        const rows = await store.listById(query, afterId, EXPORT_PAGE_ROWS, nowMs);
        const last = rows.at(-1);
        if (last) {
          yield format.page(rows.map(toProxyView), isFirst);
          isFirst = false;
          afterId = last.id;
        }
        if (rows.length < EXPORT_PAGE_ROWS) break;
      }
      if (format.tail !== '') yield format.tail;
    },

    /** What an export is called: `proxies_YYYYMMDD_HHMMSS.csv`, in UTC. */
    fileName({ format }: ExportProxiesQuery): string {
      const [date = '', time = ''] = new Date(clock.nowMs()).toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
      return `proxies_${date}_${time}.${format}`;
    },
  };
}

export type ProxiesExport = ReturnType<typeof createProxiesExport>;
