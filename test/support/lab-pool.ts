import type { Lab } from '../../dev/lab/lab.ts';
import type { WorkerProcess } from './worker-process.ts';

/** From a scrape to the first proxy that can be leased, on a machine that does much else. */
const LEASABLE_WITHIN_MS = 120_000;
const POLL_MS = 500;

export interface Account {
  id: string;
  key: string;
  email: string;
}

/** Registers an account of its own. */
export async function registerAccount(
  worker: WorkerProcess,
  name: string,
  role: 'viewer' | 'operator' = 'viewer',
): Promise<Account> {
  const email = `${crypto.randomUUID()}@example.com`;
  const reply = await worker.call<{ user: { id: string }; api_key: { key: string } }>('POST', '/auth/register', {
    email,
    display_name: name,
  });
  const { id } = reply.body.user;
  if (role !== 'viewer') await worker.call('PATCH', `/admin/accounts/${id}`, { role });
  return { id, email, key: reply.body.api_key.key };
}

/** Takes the proxies of labs in, and waits until at least so many have passed their checks. */
export async function scrapeLabs(worker: WorkerProcess, labs: Iterable<Lab>, atLeast: number): Promise<void> {
  for (const { sourceListUrl: url } of labs) {
    const created = await worker.call<{ id: string }>('POST', '/sources', { url });
    await worker.call('POST', `/sources/${created.body.id}/scrape`);
  }
  const deadlineAtMs = Date.now() + LEASABLE_WITHIN_MS;
  for (;;) {
    await worker.tick();
    const { body } = await worker.call<{ total_count: number }>('GET', '/proxies?status=active&pool=default');
    if (body.total_count >= atLeast) return;
    if (Date.now() > deadlineAtMs) throw new Error('the proxies of the lab did not become active');
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
