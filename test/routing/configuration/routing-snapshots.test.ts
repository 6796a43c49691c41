import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { parseConfig } from '../../../src/platform/env.ts';
import type { AddressPolicy } from '../../../src/platform/net/public-url.ts';
import { createSecretBox } from '../../../src/platform/secrets.ts';
import { passwordContext } from '../../../src/proxy-pool/proxies/proxy-upsert.store.ts';
import { createConfigurationStore } from '../../../src/routing/configuration/configuration.store.ts';
import {
  createProviderEndpoints,
  NAME_CACHE_MS,
  providerPasswordContext,
} from '../../../src/routing/configuration/provider-endpoints.ts';
import {
  createRoutingSnapshots,
  createSnapshotCache,
  SNAPSHOT_FRESH_MS,
} from '../../../src/routing/configuration/routing-snapshots.ts';
import { pool, provider, target } from './definitions.ts';
import { store } from './store-definitions.ts';

const parsed = parseConfig(env);
if (!parsed.ok) throw new Error(parsed.problems.join());
const secretBox = createSecretBox(parsed.config.ENCRYPTION_KEY);

function snapshots(policy: AddressPolicy = { allowPrivateNetworks: true }) {
  const time = { nowMs: Date.now() };
  const clock = { nowMs: () => time.nowMs };
  const configurations = createConfigurationStore(createDatabase(env.DB));
  let reads = 0;
  const counted = {
    revision: configurations.revision,
    read: () => {
      reads += 1;
      return configurations.read();
    },
  };
  const endpoints = createProviderEndpoints({ secretBox, policy, clock, cache: new Map() });
  const made = createRoutingSnapshots({ store: counted, endpoints, clock, cache: createSnapshotCache() });
  return { ...made, time, reads: () => reads };
}

describe('what forwarding reads', () => {
  it('is all targets in the order of creation, with what their Rotors must know', async () => {
    await store({
      providers: [provider('snap', ['10.0.0.1:80', 'socks5://10.0.0.2:1080', '10.0.0.3:80', 'http://10.0.0.1:80'])],
      pools: [pool('snap-pool', ['snap', 2], ['snap', 9])],
      targets: [
        { ...target('z-first', 'snap-pool'), createdRevision: 5 },
        { ...target('a-second', 'snap-pool'), createdRevision: 6, regex: '(?P<host>second)\\.' },
      ],
    });
    const { targets, revision } = await snapshots().current();
    const [first, second] = targets.filter(({ definition }) => definition.poolName === 'snap-pool');
    expect([first?.definition.name, second?.definition.name]).toEqual(['z-first', 'a-second']);
    expect(second?.pattern.startIn('https://second.test/')).toBe(8);
    expect(second?.pattern.isFoundIn('https://third.test/')).toBe(false);
    expect(first?.configuration).toMatchObject({ name: 'z-first', revision, minRequestIntervalMs: 1_000 });
    expect(first?.configuration.ips).toEqual([
      { address: 'http://10.0.0.1:80', provider: 'snap' },
      { address: 'socks5://10.0.0.2:1080', provider: 'snap' },
      { address: 'http://10.0.0.3:80', provider: 'snap' },
    ]);
  });

  it('is read again only when it changed, and is half a second old at most', async () => {
    const { current, time, reads } = snapshots();
    const first = await current();
    await current();
    time.nowMs += SNAPSHOT_FRESH_MS;
    await current();
    expect(reads()).toBe(1);
    await store({ providers: [provider('fresh', ['10.0.0.1:80'])] });
    expect((await current()).revision).toBe(first.revision);
    time.nowMs += SNAPSHOT_FRESH_MS;
    expect((await current()).revision).toBeGreaterThan(first.revision);
    expect(reads()).toBe(2);
  });

  it('is looked at anew for a target, a provider or a proxy that it does not have: another isolate may have made them', async () => {
    const { current, find } = snapshots();
    const before = await current();
    await store({
      providers: [provider('newcomer', ['10.0.0.5:80'])],
      pools: [pool('newcomer', ['newcomer', 1])],
      targets: [target('newcomer', 'newcomer')],
    });
    expect(await before.endpointOf({ address: 'http://10.0.0.5:80', provider: 'newcomer' })).toMatchObject({
      ip: '10.0.0.5',
    });
    const named = (name: string) => find(({ definition }) => definition.name === name);
    const { snapshot, target: found } = await named('newcomer');
    expect(found?.configuration.ips).toEqual([{ address: 'http://10.0.0.5:80', provider: 'newcomer' }]);
    expect(snapshot.revision).toBeGreaterThan(before.revision);
    expect((await named('nobody')).target).toBeUndefined();
  });

  it('is read again after a change that was made here, also by who was reading while it was made', async () => {
    const { current, expire, reads } = snapshots();
    const reading = current();
    expire();
    await reading;
    await store({ providers: [provider('own-change', ['10.0.0.6:80'])] });
    const { revision } = await current();
    expect([reads(), revision]).toEqual([2, (await reading).revision + 1]);
    await store({ providers: [provider('own-change', ['10.0.0.7:80'])] });
    expire();
    expect((await current()).revision).toBe(revision + 1);
  });

  it('knows the credentials of a provider, and of each proxy of the inventory', async () => {
    const proxyId = crypto.randomUUID();
    const ofProvider = await secretBox.seal('pa:ss', providerPasswordContext('creds'));
    const ofProxy = await secretBox.seal('own', passwordContext(proxyId));
    const member = { proxyId, address: 'socks5://10.0.0.9:1080', username: 'me', passwordSealed: ofProxy };
    const inventory = { protocol: null, country: null, anonymity: null, minScore: null, count: 1 };
    await store({
      providers: [
        { ...provider('creds', ['10.0.0.1:80']), username: 'user', passwordSealed: ofProvider },
        { ...provider('follows', []), inventory, members: [member] },
      ],
    });
    const { endpointOf } = await snapshots().current();
    expect(await endpointOf({ address: 'http://10.0.0.1:80', provider: 'creds' })).toEqual({
      protocol: 'http',
      ip: '10.0.0.1',
      port: 80,
      username: 'user',
      password: 'pa:ss',
    });
    const followed = { address: member.address, provider: 'follows', proxyId };
    expect(await endpointOf(followed)).toMatchObject({ protocol: 'socks5', username: 'me', password: 'own' });
    expect(await endpointOf({ ...followed, proxyId: crypto.randomUUID() })).toBeNull();
    expect(await endpointOf({ address: 'http://10.0.0.1:80', provider: 'nobody' })).toBeNull();
  });

  it('resolves names to public addresses only, and keeps an answer for a minute', async () => {
    const asked: string[] = [];
    const answers: Record<string, string[]> = {
      'proxy.example.com': ['8.8.8.8'],
      'inside.example.com': ['10.0.0.1'],
      'both.example.com': ['8.8.8.8', '127.0.0.1'],
    };
    const resolve = async (name: string) => {
      asked.push(name);
      return answers[name] ?? [];
    };
    await store({
      providers: [
        provider(
          'names',
          Object.keys(answers).map((name) => `${name}:80`),
        ),
      ],
    });
    const { current, time } = snapshots({ allowPrivateNetworks: false, resolve });
    const { endpointOf } = await current();
    const ipOf = async (host: string) => (await endpointOf({ address: `http://${host}:80`, provider: 'names' }))?.ip;
    expect(await ipOf('proxy.example.com')).toBe('8.8.8.8');
    expect(await ipOf('proxy.example.com')).toBe('8.8.8.8');
    expect(asked).toEqual(['proxy.example.com']);
    time.nowMs += NAME_CACHE_MS;
    answers['proxy.example.com'] = ['9.9.9.9'];
    expect(await ipOf('proxy.example.com')).toBe('9.9.9.9');
    for (const host of ['inside.example.com', 'both.example.com', 'unknown.example.com', 'localhost']) {
      expect([host, await ipOf(host)]).toEqual([host, undefined]);
    }
    const { endpointOf: locally } = await snapshots({ allowPrivateNetworks: true, resolve }).current();
    expect(await locally({ address: 'http://localhost:80', provider: 'names' })).toMatchObject({ ip: '127.0.0.1' });
    expect(await locally({ address: 'http://inside.example.com:80', provider: 'names' })).toMatchObject({
      ip: '10.0.0.1',
    });
  });
});
