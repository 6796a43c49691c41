import { createServer, type Server } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { testBindings } from '../support/bindings.ts';
import { type KillableWorker, startKillableWorker } from '../support/killable-worker.ts';

/** Each is a `kill -9` of workerd and its parent, right after the last of its events was committed. */
const KILLS = 4;
/** Accounts, each of which raises one event before each kill. */
const ACCOUNTS = 10;
/** From a restart until what the kill left behind is out: an alarm, a tick, a queue. */
const RECOVERY_MS = 60_000;

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A receiver that verifies each webhook, and keeps the ids that it saw of each account. */
async function startReceiver() {
  const verifier = new Webhook(secret);
  const idsByAccount = new Map<string, Set<string>>();
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const event = Object(verifier.verify(Buffer.concat(pieces).toString(), Object(request.headers)));
      const ids = idsByAccount.get(event.data.account_id) ?? new Set();
      idsByAccount.set(event.data.account_id, ids.add(String(request.headers['webhook-id'])));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${Object(server.address()).port}`, idsByAccount, close: () => server.close() };
}

function caller(worker: KillableWorker) {
  return async (path: string, json: unknown): Promise<{ user?: { id: string } }> => {
    const headers = { authorization: `Bearer ${testBindings.ADMIN_API_KEY}`, 'content-type': 'application/json' };
    const response = await fetch(`${worker.url}${path}`, { method: 'POST', headers, body: JSON.stringify(json) });
    expect([path, response.status]).toEqual([path, 201]);
    return Object(await response.json());
  };
}

test.skipIf(process.platform !== 'linux')(
  `of ${KILLS * ACCOUNTS} events whose Worker is killed right after their commit none is lost, and each has one id`,
  async () => {
    const receiver = await startReceiver();
    const worker = await startKillableWorker();
    const post = caller(worker);
    try {
      const settings = { url: receiver.url };
      await post('/notifiers', { kind: 'webhook', name: 'n', settings, secret, events: ['credits.low'] });
      const accountIds: string[] = [];
      for (let index = 0; index < ACCOUNTS; index += 1) {
        const registered = await post('/auth/register', {
          email: `k${index}@example.com`,
          display_name: 'K',
        });
        accountIds.push(registered.user?.id ?? '');
      }
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await Promise.all(
          accountIds.map(async (id) => {
            const credits = `/admin/accounts/${id}/credits`;
            await post(credits, { amount: 100, type: 'purchase', description: 'full' });
            // From at least 100 to what is below 10: one event each time.
            await post(credits, { amount: kill === 1 ? -195 : -100, type: 'adjustment', description: 'low' });
          }),
        );
        await worker.kill();
        await worker.restart();
      }
      const seen = async () => {
        await worker.tick();
        return accountIds.map((id) => receiver.idsByAccount.get(id)?.size ?? 0);
      };
      await expect.poll(seen, { timeout: RECOVERY_MS, interval: 2_000 }).toEqual(accountIds.map(() => KILLS));
    } finally {
      await worker.remove();
      receiver.close();
    }
  },
  300_000,
);
