import { type Command, Option } from 'commander';
import { formatLatency, formatNoun } from '../../dashboard/parts/format.model.ts';
import type { ProxiedRequest, ProxiedRequestList } from '../api/api.types.ts';
import { followList } from '../follow-list.ts';
import { type Session, withSession } from '../session.ts';
import { printable } from '../terminal/printable.model.ts';
import type { Style, Terminal } from '../terminal/terminal.ts';
import { integerFrom } from '../values.ts';

/** The API's own limits. */
const MAX_REQUESTS = 1_000;
const MAX_STATUS = 999;
const DEFAULT_REQUESTS = 50;

interface RequestsOptions {
  follow?: boolean;
  name?: string;
  method?: string;
  minStatus?: number;
  maxStatus?: number;
  limit: number;
}

const columns = [
  { title: 'ID', isWhole: true },
  { title: 'STATUS', align: 'right' as const, isWhole: true },
  { title: 'METHOD', isWhole: true },
  { title: 'TIME', align: 'right' as const },
  { title: 'NAME' },
  { title: 'URL' },
  { title: 'WHEN' },
];

function toRow(request: ProxiedRequest): string[] {
  const { id, status_code: status, method, duration_ms: duration, subdomain, url, timestamp } = request;
  return [id, String(status), method, formatLatency(duration), subdomain, url, timestamp];
}

function styleOf(status: number): Style {
  if (status >= 500) return 'red';
  return status >= 400 ? 'yellow' : 'green';
}

function toLine(terminal: Terminal, request: ProxiedRequest): string {
  const [id = '', status = '', method = '', time = '', name = '', url = '', when = ''] = toRow(request).map(printable);
  const code = terminal.style(styleOf(request.status_code), status);
  return `${terminal.style('dim', `${when} ${id}`)} ${code} ${method} ${name} ${url} ${time}`;
}

async function showRequests(session: Session, options: RequestsOptions): Promise<void> {
  const { api, terminal, isJson } = session;
  const { name: subdomain, method, minStatus, maxStatus, limit } = options;
  const filters = { subdomain, method, min_status: minStatus, max_status: maxStatus };
  const read = () => api.get<ProxiedRequestList>('/api/v1/proxy/requests', { ...filters, limit });
  if (options.follow === true) {
    return followList<ProxiedRequest>(session, {
      streamPath: '/api/v1/proxy/requests/stream',
      query: filters,
      readList: async () => (await read()).requests.reverse(),
      nameOf: ({ id }) => id,
      toLine: (request) => toLine(terminal, request),
    });
  }
  const list = await read();
  if (isJson) return terminal.json(list);
  terminal.table(columns, list.requests.map(toRow));
  terminal.note(`${list.filtered_count} of ${formatNoun(list.total_count, 'request')}`);
}

export function addRequests(program: Command): void {
  program
    .command('requests')
    .description('what gateway and routing have forwarded, newest first; administrators see all')
    .option('-f, --follow', 'the oldest first, then what comes, until Ctrl-C')
    .option('--name <name>', 'only of this gateway alias or id, or this routing target')
    .option('--method <method>', 'only of this method')
    .option('--min-status <status>', 'only from this status', integerFrom(0, MAX_STATUS))
    .option('--max-status <status>', 'only to this status', integerFrom(0, MAX_STATUS))
    .addOption(
      new Option('--limit <count>', 'how many at most')
        .argParser(integerFrom(1, MAX_REQUESTS))
        .default(DEFAULT_REQUESTS),
    )
    .action(withSession(showRequests));
}
