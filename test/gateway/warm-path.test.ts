import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { SNAPSHOT_MS } from '../../src/gateway/forward/snapshot.client.ts';
import { call } from '../support/harness.ts';
import { meterDatabase } from '../support/metered-database.ts';
import { callerKey, createProxy } from './support.ts';

it('a call queries D1 when its proxy is not known here, then not for five seconds, after which a change is in force', async () => {
  const { client, proxyId } = await createProxy({ proxy: { proxyAlias: 'warm' } });
  const database = meterDatabase(env.DB);
  const metered = { ...env, DB: database.binding };
  const app = createApp();
  const ask = async (): Promise<number> => {
    const url = `http://switchyard.test/api/${proxyId}/x?page=1`;
    const request = new Request(url, { headers: { 'x-api-key': callerKey } });
    const answer = await app.fetch(request, metered, createExecutionContext());
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await ask()).toBe(200);
  expect(database.take().length).toBeGreaterThan(0);
  const warmUntilMs = Date.now() + SNAPSHOT_MS - 1_000;
  const statuses = new Set<number>();
  let calls = 0;
  while (calls < 200 && Date.now() < warmUntilMs) {
    statuses.add(await ask());
    calls += 1;
  }
  expect([...statuses]).toEqual([200]);
  expect(calls).toBeGreaterThan(10);
  expect(database.take()).toEqual([]);
  const path = `/api/clients/${client.clientId}/proxies/${proxyId}`;
  expect((await call('PUT', path, { key: client.key, json: { proxyActive: false } })).status).toBe(200);
  await scheduler.wait(SNAPSHOT_MS);
  expect(await ask()).toBe(403);
  expect(database.take().length).toBeGreaterThan(0);
});
