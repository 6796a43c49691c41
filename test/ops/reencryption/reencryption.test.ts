import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { configOf } from '../../../src/config.ts';
import { createGateway } from '../../../src/gateway/create-gateway.ts';
import { createReencryptionJobs } from '../../../src/ops/reencryption/create-reencryption.ts';
import { SETTLE_MS } from '../../../src/ops/reencryption/reencryption.service.ts';
import { sealedColumns } from '../../../src/ops/reencryption/sealed-columns.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { createLogger } from '../../../src/platform/log/logger.ts';
import { createSecretBox, parseKeyRing, type SecretBox } from '../../../src/platform/secrets.ts';
import { createServices } from '../../../src/services.ts';
import { callerKey, createProxy, echoUrl, targetSecret } from '../../gateway/support.ts';
import { testBindings } from '../../support/bindings.ts';
import { adminKey, call } from '../../support/harness.ts';

const database = createDatabase(env.DB);
const logger = createLogger();

function boxOf(text: string): SecretBox {
  const ring = parseKeyRing(text);
  if (!ring) throw new Error('no ring');
  return createSecretBox(ring);
}

const newKey = btoa('another-encryption-key-32-bytes!');
const rotated = boxOf(`${testBindings.ENCRYPTION_KEY},k2:${newKey}@1000`);
const onlyNew = boxOf(`k2:${newKey}`);

/** A gateway in this isolate, with keys of its own; it calls as a client would. */
function gatewayWith(secretBox: SecretBox) {
  const works: Promise<unknown>[] = [];
  const waitUntil = (work: Promise<unknown>) => void works.push(work);
  const { egress, accounts: owners, requestLog } = createServices(env, configOf(env), waitUntil);
  const { forwarder } = createGateway({
    database,
    secretBox,
    clock: systemClock,
    policy: { allowPrivateNetworks: true },
    logger,
    requestLog,
    objects: env,
    egress,
    owners,
    waitUntil,
  });
  return {
    async status(proxyId: string): Promise<number> {
      const request = new Request(`${echoUrl}/`, { headers: { 'x-api-key': callerKey } });
      const visitor = { address: null, country: 'XX' };
      const answer = await forwarder.forward(request, { name: { proxyId }, path: '/', query: '' }, visitor);
      expect(await answer.text()).toContain(targetSecret);
      return answer.status;
    },
    end: () => Promise.all(works),
  };
}

it('names every column that holds an encrypted text', async () => {
  const { results: tables } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%sealed TEXT%' ORDER BY name",
  ).all<{ name: string; sql: string }>();
  const results = tables.flatMap(({ name, sql }) =>
    Array.from(sql.matchAll(/^\s*(\w*sealed) TEXT/gm), ([, column]) => ({ table: name, column })),
  );
  expect(sealedColumns.map(({ table, column }) => ({ table, column }))).toEqual(results);
});

it('encrypts what is stored with the new key while calls go on, and none of them fails', async () => {
  const proxies = await Promise.all(Array.from({ length: 4 }, () => createProxy()));
  const source = await call('POST', '/sources', {
    key: adminKey,
    json: { url: `${echoUrl}/list.txt`, parser_name: 'plaintext', headers: { 'x-token': 'secret' } },
  });
  expect(source.status).toBe(201);
  const gateway = gatewayWith(rotated);
  const job = createReencryptionJobs({ binding: env.DB, database, secretBox: rotated, logger });
  expect(await job.run(1_000_000 + SETTLE_MS - 1)).toBe(0);
  expect(await job.status()).toEqual({ sealing_key: 'k2', keys: ['k1', 'k2'], secrets_under_other_keys: 9 });

  const reencrypted = new AbortController();
  const calls = proxies.map(async ({ proxyId }) => {
    let made = 0;
    while (!reencrypted.signal.aborted || made < 5) {
      expect(await gateway.status(proxyId)).toBe(200);
      made += 1;
    }
  });
  expect(await job.run(Date.now())).toBe(9);
  reencrypted.abort();
  await Promise.all(calls);
  await gateway.end();
  expect(await job.status()).toMatchObject({ secrets_under_other_keys: 0 });
  expect(await job.run(Date.now())).toBe(0);

  // The old key may go now.
  for (const { table, key, column, context } of sealedColumns) {
    const { results } = await env.DB.prepare(
      `SELECT ${key} AS key, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`,
    ).all<{ key: string; sealed: string }>();
    for (const row of results) expect(await onlyNew.open(row.sealed, context(row.key))).not.toBe('');
  }
});

it('tells the lease books of proxies, and leaves alone what was written meanwhile', async () => {
  const insert = (id: string, sealed: string, revision: number) =>
    env.DB.prepare(
      `INSERT INTO proxies (id, ip, port, protocol, username, password_sealed, pool_number, revision, status, first_seen_at, last_seen_at)
       VALUES (?1, ?2, 80, 'http', 'u', ?3, (SELECT number FROM pools WHERE name = 'default'), ?4, 'dead', 0, 0)`,
    ).bind(id, `127.9.0.${id.slice(-1)}`, sealed, revision);
  const old = boxOf(testBindings.ENCRYPTION_KEY);
  const [known, unheard] = [`${crypto.randomUUID().slice(0, 35)}1`, `${crypto.randomUUID().slice(0, 35)}2`];
  await insert(known, await old.seal('pw', `proxy-password:${known}`), 7).run();
  await insert(unheard, await old.seal('pw', `proxy-password:${unheard}`), 0).run();
  // A walk of another key, since the one before is through.
  const third = boxOf(`${testBindings.ENCRYPTION_KEY},k3:${newKey}@2000`);
  const job = createReencryptionJobs({ binding: env.DB, database, secretBox: third, logger });
  expect(await job.run(Date.now())).toBe(2);
  const { results } = await env.DB.prepare('SELECT id, revision, password_sealed FROM proxies ORDER BY revision').all<{
    id: string;
    revision: number;
    password_sealed: string;
  }>();
  expect(results.map(({ id }) => id)).toEqual([unheard, known]);
  expect(results[0]?.revision).toBe(0);
  expect(results[1]?.revision).not.toBe(7);
  for (const row of results) expect(row.password_sealed).toMatch(/^k3\./);
});

it('is the administrator’s to see', async () => {
  const reply = await call('GET', '/admin/encryption-keys', { key: adminKey });
  expect([reply.status, reply.body.sealing_key, reply.body.keys]).toEqual([200, 'k1', ['k1']]);
});
