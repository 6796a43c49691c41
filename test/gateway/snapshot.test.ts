import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createSnapshotCache, createSnapshots, SNAPSHOT_MS } from '../../src/gateway/forward/snapshot.client.ts';
import { createSnapshotStore } from '../../src/gateway/forward/snapshot.store.ts';
import { createDatabase } from '../../src/platform/db/client.ts';
import { createSecretBox, parseKeyRing } from '../../src/platform/secrets.ts';
import { testBindings } from '../support/bindings.ts';
import { call } from '../support/harness.ts';
import { createProxy } from './support.ts';

it('asks the database once, then not for five seconds, after which a change is in force', async () => {
  const { client, proxyId } = await createProxy({ proxy: { proxyAlias: 'warm' } });
  let nowMs = 1_000_000;
  let queries = 0;
  const store = createSnapshotStore(createDatabase(env.DB));
  const ring = parseKeyRing(testBindings.ENCRYPTION_KEY);
  if (!ring) throw new Error('no ring');
  const snapshots = createSnapshots({
    store: {
      find: (name) => {
        queries += 1;
        return store.find(name);
      },
    },
    secretBox: createSecretBox(ring),
    clock: { nowMs: () => nowMs },
    policy: { allowPrivateNetworks: true },
    owners: { roleOf: async () => 'viewer' },
    cache: createSnapshotCache(),
  });
  expect(SNAPSHOT_MS).toBeLessThanOrEqual(5_000);
  for (let asked = 0; asked < 100; asked += 1) expect((await snapshots.get({ proxyId }))?.isActive).toBe(true);
  expect(queries).toBe(1);
  const path = `/api/clients/${client.clientId}/proxies/${proxyId}`;
  await call('PUT', path, { key: client.key, json: { proxyActive: false } });
  nowMs += SNAPSHOT_MS - 1;
  expect((await snapshots.get({ proxyId }))?.isActive).toBe(true);
  nowMs += 1;
  expect((await snapshots.get({ proxyId }))?.isActive).toBe(false);
  expect(queries).toBe(2);
  await call('DELETE', path, { key: client.key });
  nowMs += SNAPSHOT_MS;
  expect(await snapshots.get({ proxyId })).toBeNull();
  expect(await snapshots.get({ clientId: client.clientId, alias: 'warm' })).toBeNull();
});
