import type { Command } from 'commander';
import { formatAgo, formatCount, formatLatency, formatSpan } from '../../dashboard/parts/format.model.ts';
import type { Account, Credits, Health, PoolStats, SupervisorStatus } from '../api/api.types.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Session, withSession } from '../session.ts';
import { printable } from '../terminal/printable.model.ts';
import type { Style } from '../terminal/terminal.ts';

const healthStyles: Readonly<Record<string, Style>> = { healthy: 'green', draining: 'yellow', unhealthy: 'red' };

/** What only those with a key may ask. */
async function readInside({ api }: Session) {
  const [supervisor, pool, account, credits] = await Promise.all([
    api.get<SupervisorStatus>('/api/v1/status'),
    api.get<PoolStats>('/stats/pool'),
    api.get<Account>('/account'),
    api.get<Credits>('/account/credits'),
  ]);
  return { supervisor, pool, account, credits: { balance: credits.balance } };
}

function poolWords({
  total_proxies: total,
  by_status: by,
  avg_score: score,
  avg_latency_ms: latency,
}: PoolStats): string {
  const counts = `${formatCount(by.active)} active of ${formatCount(total)} proxies`;
  return `${counts}, score ${score === null ? '–' : score.toFixed(2)}, ${formatLatency(latency)} on average`;
}

async function showStatus(session: Session): Promise<void> {
  const { api, terminal, isJson, hasKey } = session;
  const { body: health } = await api.ask<Health>('GET', '/health', { answerStatuses: [503] });
  const inside = hasKey ? await readInside(session) : null;
  if (health.status === 'unhealthy') process.exitCode = exitCodes.UNHEALTHY.code;
  if (isJson) return terminal.json({ health, ...inside });
  const line = (name: string, words: string) => terminal.print(`${name.padEnd(11)}${words}`);
  const state = printable(String(health.status));
  const parts = `D1 ${health.d1}, objects ${health.durable_objects}, queues ${health.queues}`;
  line('Service', `${terminal.style(healthStyles[state] ?? 'red', state)} at ${printable(api.baseUrl)}`);
  line('Parts', `${printable(parts)}; version ${printable(String(health.version))}`);
  if (inside === null) return terminal.note('Without a key that is all there is to see: set SWITCHYARD_KEY.');
  const { supervisor, pool, account, credits } = inside;
  const nowMs = Date.now();
  line('Processes', `${printable(supervisor.status)} for ${formatSpan(supervisor.uptime_seconds * 1_000)}`);
  line('Pool', poolWords(pool));
  line('Checks', `the last one ${formatAgo(pool.last_validation_at, nowMs)}`);
  line(
    'Sources',
    `${pool.sources_active} of ${pool.sources_total} in use, scraped ${formatAgo(pool.last_scrape_at, nowMs)}`,
  );
  line('Account', printable(`${account.display_name} <${account.email}>, ${account.role}`));
  line('Credits', formatCount(credits.balance));
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('is it healthy, what is in the pool, who are you; without a key the health alone')
    .action(withSession((session) => showStatus(session)));
}
