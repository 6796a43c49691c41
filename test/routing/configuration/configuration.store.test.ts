import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createConfigurationStore, isRevisionTaken } from '../../../src/routing/configuration/configuration.store.ts';
import { pool, provider, target, withDefinitions } from './definitions.ts';
import { store } from './store-definitions.ts';

const database = createDatabase(env.DB);
const configurations = createConfigurationStore(database);

async function pendingOf(...names: string[]) {
  const pending = await configurations.pending(names);
  return pending.map(({ targetName, revision }) => [targetName, revision]).sort();
}

describe('a change of the configuration', () => {
  it('is read back as it was written, and takes one revision', async () => {
    const before = await configurations.read();
    const made = {
      providers: [
        { ...provider('store-p', ['10.0.0.1:80']), regionTag: 'EU', username: 'u', passwordSealed: 'sealed' },
      ],
      pools: [pool('store-pool', ['store-p', 2])],
      targets: [{ ...target('store-t', 'store-pool'), allowedRoles: ['viewer' as const] }],
    };
    await store(made);
    const after = await configurations.read();
    expect(after.revision).toBe(before.revision + 1);
    expect(await configurations.revision()).toBe(after.revision);
    expect(after.providers.get('store-p')).toEqual(made.providers[0]);
    expect(after.pools.get('store-pool')).toEqual(made.pools[0]);
    expect(after.targets.get('store-t')).toEqual({ ...made.targets[0], revision: after.revision });
  });

  it('reaches every target that uses what changed, and no other, in the same transaction', async () => {
    await store({
      providers: [provider('cascade-a', ['10.0.0.1:80']), provider('cascade-b', ['10.0.0.2:80'])],
      pools: [pool('cascade-pa', ['cascade-a', 5]), pool('cascade-pb', ['cascade-b', 5])],
      targets: [
        target('cascade-1', 'cascade-pa'),
        target('cascade-2', 'cascade-pb'),
        target('cascade-3', 'cascade-pa'),
      ],
    });
    const names = ['cascade-1', 'cascade-2', 'cascade-3'];
    const first = await configurations.revision();
    expect(await pendingOf(...names)).toEqual(names.map((name) => [name, first]));
    await configurations.heard(names.map((targetName) => ({ targetName, revision: first })));
    expect(await pendingOf(...names)).toEqual([]);

    await store({ providers: [provider('cascade-a', ['10.0.0.1:80', '10.0.0.3:80'])] });
    const { revision, targets } = await configurations.read();
    expect(revision).toBe(first + 1);
    expect(await pendingOf(...names)).toEqual([
      ['cascade-1', revision],
      ['cascade-3', revision],
    ]);
    expect(names.map((name) => targets.get(name)?.revision)).toEqual([revision, first, revision]);
    // Who heard of an older revision has not heard of this one.
    await configurations.heard([{ targetName: 'cascade-1', revision: first }]);
    expect(await pendingOf('cascade-1')).toEqual([['cascade-1', revision]]);
  });

  it('fails as a whole when another came first', async () => {
    await store({ providers: [provider('race', ['10.0.0.1:80'])] });
    const before = await configurations.read();
    const mine = configurations.writes(
      before,
      withDefinitions(before, { providers: [provider('race', ['10.0.0.2:80'])] }),
    );
    await store({ providers: [provider('other', ['10.0.0.9:80'])] });
    const failure = await database.batch(mine).catch((error: unknown) => error);
    expect(isRevisionTaken(failure)).toBe(true);
    const after = await configurations.read();
    expect(after.providers.get('race')?.ipList).toEqual(['10.0.0.1:80']);
    expect(after.revision).toBe(before.revision + 1);
  });

  it('of a removed target is news for its Rotor too', async () => {
    await store({
      providers: [provider('gone-p', ['10.0.0.1:80'])],
      pools: [pool('gone-pool', ['gone-p', 1])],
      targets: [target('gone', 'gone-pool')],
    });
    const before = await configurations.read();
    const targets = new Map(before.targets);
    targets.delete('gone');
    await database.batch(configurations.writes(before, { ...before, targets }));
    expect((await configurations.read()).targets.has('gone')).toBe(false);
    expect(await pendingOf('gone')).toEqual([['gone', before.revision + 1]]);
  });
});
