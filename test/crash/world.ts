import { UserError } from '../../dev/project.ts';
import { testBindings } from '../support/bindings.ts';
import { type KillableWorker, startKillableWorker } from '../support/killable-worker.ts';
import type { ApiClient } from './api-client.ts';
import type { LoadAccount } from './load.ts';
import type { CrashOptions } from './options.ts';

const ADMIN = { apiKey: testBindings.ADMIN_API_KEY };

/** The protocol of the proxies that are dead, by which they are asked for; all others have another. */
export const DEAD_PROTOCOL = 'socks5';
/** Nobody listens there: a proxy on it fails our checks at once. */
const DEAD_PORT = 9;
/** Rows of one statement. */
const ROWS_PER_INSERT = 500;
/** Good proxies passed their last check after whatever minute it is: the mass-failure guard sees that not all fail. */
const ALWAYS_MS = 9_000_000_000_000;

function proxyStatements({ proxies, reports }: Pick<CrashOptions, 'proxies' | 'reports'>): string[] {
  const rows = Array.from({ length: proxies + reports }, (_, index) => {
    const isDead = index >= proxies;
    const [address, port, protocol] = isDead
      ? [`127.${99 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`, DEAD_PORT, DEAD_PROTOCOL]
      : [`203.0.113.${index % 250}`, 8_000 + Math.floor(index / 250), 'http'];
    const score = (0.5 + (index % 40) / 100).toFixed(2);
    return `('${crypto.randomUUID()}', '${address}', ${port}, '${protocol}', 0,
      'active', 1, 'elite', 'US', ${score}, 100, 1, ${index + 1}, 0, 0, ${isDead ? 0 : ALWAYS_MS})`;
  });
  const inserts = Array.from({ length: Math.ceil(rows.length / ROWS_PER_INSERT) }, (_, index) =>
    rows.slice(index * ROWS_PER_INSERT, (index + 1) * ROWS_PER_INSERT),
  );
  return [
    ...inserts.map(
      (some) => `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, anonymity, country, score,
        avg_latency_ms, uptime, revision, first_seen_at, last_seen_at, last_passed_at) VALUES ${some.join(', ')}`,
    ),
    `UPDATE sequences SET value = ${rows.length} WHERE name = 'proxy_revision'`,
  ];
}

/** A Worker with an inventory, which its lease book has pulled. */
export async function startCrashWorld(pool: Pick<CrashOptions, 'proxies' | 'reports'>): Promise<KillableWorker> {
  if (process.platform !== 'linux')
    throw new UserError('npm run test:crash needs Linux: it kills by the pids of /proc.');
  // Checks need a judge to begin at all; those of proxies that nobody answers at never ask it.
  const worker = await startKillableWorker({ JUDGE_URL: `http://127.0.0.1:${DEAD_PORT}/judge` });
  await worker.sql(proxyStatements(pool));
  await worker.tick();
  return worker;
}

/** Registers an account as any user would and gives it credits. */
export async function openAccount(api: ApiClient, number: number, credits: number): Promise<LoadAccount> {
  const email = `crash-${number}@example.com`;
  const registered = await api.ask<{ user: { id: string }; api_key: { key: string } }>('POST', '/auth/register', {
    ...ADMIN,
    json: { email, display_name: `Client ${number}` },
  });
  const { user, api_key: apiKey } = registered.body;
  const gift = { amount: credits, description: 'For a crash test' };
  const given = await api.ask('POST', `/admin/accounts/${user.id}/credits`, {
    ...ADMIN,
    idempotencyKey: `gift-${number}`,
    json: gift,
  });
  if (given.status !== 201) throw new Error(`no credits: ${given.status} ${given.code}`);
  return { id: user.id, apiKey: apiKey.key };
}

/** What every account has: its balance by the API. */
export async function balanceOf(api: ApiClient, account: LoadAccount): Promise<number> {
  const { body } = await api.ask<{ balance: number }>('GET', '/account/credits', { apiKey: account.apiKey });
  return body.balance;
}
