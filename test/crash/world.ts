import { UserError } from '../../dev/project.ts';
import { testBindings } from '../support/bindings.ts';
import { type KillableWorker, startKillableWorker } from '../support/killable-worker.ts';
import type { ApiClient } from './api-client.ts';
import type { LoadAccount } from './load.ts';

const ADMIN = { apiKey: testBindings.ADMIN_API_KEY };

function proxyStatements(count: number): string[] {
  const rows = Array.from(
    { length: count },
    (_, index) => `('${crypto.randomUUID()}', '203.0.113.${index % 250}', ${8_000 + Math.floor(index / 250)}, 'http', 0,
      'active', 1, 'elite', 'US', ${(0.5 + (index % 40) / 100).toFixed(2)}, 100, 1, ${index + 1}, 0, 0)`,
  );
  return [
    `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, leasable, anonymity, country, score,
       avg_latency_ms, uptime, revision, first_seen_at, last_seen_at) VALUES ${rows.join(', ')}`,
    `UPDATE sequences SET value = ${count} WHERE name = 'proxy_revision'`,
  ];
}

/** A Worker with an inventory, which its lease book has pulled. */
export async function startCrashWorld(proxies: number): Promise<KillableWorker> {
  if (process.platform !== 'linux')
    throw new UserError('npm run test:crash needs Linux: it kills by the pids of /proc.');
  const worker = await startKillableWorker();
  await worker.sql(proxyStatements(proxies));
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
