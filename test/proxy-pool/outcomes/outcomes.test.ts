import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createOutcomesStore } from '../../../src/proxy-pool/outcomes/outcomes.store.ts';
import { clientOf, ended, registered } from '../../sessions/support.ts';
import { createAccount } from '../../support/factories.ts';
import { insertProxy } from '../checks/rows.ts';

const store = createOutcomesStore(env.DB);

describe('a session that names a proxy of the inventory', () => {
  it('counts toward it once, when it ends, by whichever spelling of its address', async () => {
    const { id, ip, port } = await insertProxy({ status: 'active', leasable: true });
    const address = `${ip}:${port}`;
    const [first, second] = [await createAccount(), await createAccount()];
    await registered(clientOf(first.key), { proxy: address });
    expect(await store.load([id])).toEqual(new Map());
    await ended(clientOf(first.key), true, { proxy: address });
    await ended(clientOf(first.key), false, { proxy: `http://user:password@${address}` });
    const last = await ended(clientOf(second.key), false, { proxy: `${address}:user:password` });
    const again = await clientOf(second.key).post('/api/sessions/end', { session_id: last, success: false });
    expect(again.status).toBe(409);
    const voices = (await store.load([id])).get(id) ?? [];
    expect([...voices].sort((left, right) => right.successes - left.successes)).toEqual([
      { accountId: first.id, successes: 1, failures: 1 },
      { accountId: second.id, successes: 0, failures: 1 },
    ]);
  });

  it('says nothing of what is not ours, is dead, or is named otherwise', async () => {
    const dead = await insertProxy({ status: 'dead' });
    const client = clientOf((await createAccount()).key);
    for (const proxy of [
      `${dead.ip}:${dead.port}`,
      '203.0.113.200:1',
      'gateway.example:80',
      '999.1.1.1:99999',
      undefined,
    ]) {
      await ended(client, false, proxy === undefined ? {} : { proxy });
    }
    expect(await store.load([dead.id])).toEqual(new Map());
  });
});
