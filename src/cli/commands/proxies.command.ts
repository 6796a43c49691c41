import { type Command, Option } from 'commander';
import { formatAgo, formatLatency } from '../../dashboard/parts/format.model.ts';
import { anonymityLevels, proxyProtocols, proxyStatuses } from '../../proxy-pool/proxies/proxies.types.ts';
import type { ProxyView } from '../api/api.types.ts';
import { type ListOptions, listOptions, showList } from '../list-options.ts';
import { type Session, withSession } from '../session.ts';
import { countryCode, integerFrom, numberFrom } from '../values.ts';

const MAX_LATENCY_MS = 86_400_000;

interface ProxiesOptions extends ListOptions {
  status?: string;
  protocol?: string;
  anonymity?: string;
  country?: string;
  pool?: string;
  minScore?: number;
  maxLatency?: number;
  sort?: string;
  order?: string;
}

const columns = [
  { title: 'ADDRESS', isWhole: true },
  { title: 'PROTOCOL' },
  { title: 'STATUS' },
  { title: 'LEASABLE' },
  { title: 'COUNTRY' },
  { title: 'ANONYMITY' },
  { title: 'SCORE', align: 'right' as const },
  { title: 'LATENCY', align: 'right' as const },
  { title: 'CHECKED' },
  { title: 'POOL' },
];

function toRow(proxy: ProxyView): string[] {
  return [
    `${proxy.ip}:${proxy.port}`,
    proxy.protocol,
    proxy.status,
    proxy.leasable ? 'yes' : 'no',
    proxy.country ?? '–',
    proxy.anonymity ?? '–',
    proxy.score === null ? '–' : proxy.score.toFixed(2),
    formatLatency(proxy.avg_latency_ms),
    formatAgo(proxy.last_checked_at, Date.now()),
    proxy.pool,
  ];
}

export function addProxies(program: Command): void {
  const command = program
    .command('proxies')
    .description('the inventory, best first')
    .addOption(new Option('--status <status>', 'only these').choices(proxyStatuses))
    .addOption(new Option('--protocol <protocol>', 'only these').choices(proxyProtocols))
    .addOption(new Option('--anonymity <level>', 'only these').choices(anonymityLevels))
    .option('--country <code>', 'only there, such as DE', countryCode)
    .option('--pool <name>', 'only of this pool')
    .option('--min-score <score>', 'from 0 to 1', numberFrom(0, 1))
    .option('--max-latency <ms>', 'milliseconds', integerFrom(0, MAX_LATENCY_MS))
    .addOption(new Option('--sort <field>', 'by what').choices(['score', 'latency', 'uptime', 'last_checked']))
    .addOption(new Option('--order <order>', 'which end first').choices(['asc', 'desc']));
  listOptions(command).action(
    withSession((session: Session, options: ProxiesOptions) => {
      const { status, protocol, anonymity, country, pool, minScore, maxLatency, sort, order } = options;
      const query = { status, protocol, anonymity, country, pool, min_score: minScore, max_latency_ms: maxLatency };
      return showList<ProxyView>(session, options, {
        path: '/proxies',
        query: { ...query, sort, order },
        nouns: ['proxy', 'proxies'],
        columns,
        toRow,
      });
    }),
  );
}
