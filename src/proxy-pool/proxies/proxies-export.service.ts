import type { Clock } from '../../platform/clock.ts';
import {
  csvFormat,
  EXPORT_PAGE_ROWS,
  type ExportFormat,
  exportFileName,
  exportTexts,
  jsonFormat,
} from '../../platform/http/exports.ts';
import type { ExportProxiesQuery, ProxyView } from './proxies.schemas.ts';
import { toProxyView } from './proxies.service.ts';
import type { ProxiesStore } from './proxies.store.ts';

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

export const exportFormats = {
  txt: {
    contentType: 'text/plain; charset=utf-8',
    head: '',
    page: (proxies) => proxies.map((proxy) => `${endpointUrl(proxy)}\n`).join(''),
    tail: '',
  },
  csv: csvFormat(CSV_COLUMNS, (proxy) => CSV_COLUMNS.map((column) => proxy[column])),
  json: jsonFormat((proxy) => proxy),
} as const satisfies Record<ExportProxiesQuery['format'], ExportFormat<ProxyView>>;

/** Writes the inventory out, page by page in the order of ids. */
export function createProxiesExport({ store, clock }: { store: ProxiesStore; clock: Clock }) {
  return {
    /** The proxies that pass the filters, without user names and passwords: those are for leases. */
    texts(query: ExportProxiesQuery): AsyncGenerator<string, void, void> {
      const nowMs = clock.nowMs();
      return exportTexts<ProxyView>(exportFormats[query.format], async (last) =>
        (await store.listById(query, last?.id ?? '', EXPORT_PAGE_ROWS, nowMs)).map(toProxyView),
      );
    },

    /** `proxies_YYYYMMDD_HHMMSS.csv`, in UTC. */
    fileName: ({ format }: ExportProxiesQuery): string => exportFileName('proxies', format, clock.nowMs()),
  };
}

export type ProxiesExport = ReturnType<typeof createProxiesExport>;
