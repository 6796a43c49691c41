import { env } from 'cloudflare:workers';
import { createDatabase } from '../../../src/platform/db/client.ts';
import type { CheckedProxy } from '../../../src/proxy-pool/checks/checks.types.ts';
import { proxies } from '../../../src/proxy-pool/proxies/proxies.tables.ts';
import { uncheckedProxy } from './fixtures.ts';

const database = createDatabase(env.DB);
let serial = 0;

/** Stores a proxy with an address of its own. */
export async function insertProxy(changes: Partial<CheckedProxy> = {}): Promise<CheckedProxy> {
  serial += 1;
  const ip = `127.${20 + Math.floor(serial / 60_000)}.${Math.floor(serial / 250) % 240}.${1 + (serial % 250)}`;
  const row = uncheckedProxy({ ip, ...changes });
  await database.insert(proxies).values({ ...row, tags: {}, firstSeenAtMs: 0, lastSeenAtMs: 0 });
  return row;
}

/** A proxy that passed its last round and is due again. */
export function activeProxy(lastPassedAtMs: number): Partial<CheckedProxy> {
  return {
    status: 'active',
    leasable: true,
    anonymity: 'elite',
    exitIp: '127.0.10.99',
    country: 'DE',
    asn: 64_501,
    avgLatencyMs: 100,
    uptime: 1,
    score: 0.98,
    round: 1,
    lastCheckedAtMs: lastPassedAtMs,
    lastPassedAtMs,
    nextCheckAtMs: 0,
    revision: 1,
  };
}

export async function readProxy(id: string): Promise<Record<string, unknown>> {
  const row = await env.DB.prepare('SELECT * FROM proxies WHERE id = ?').bind(id).first();
  if (!row) throw new Error(`no proxy ${id}`);
  return row;
}

export async function countHistory(id: string): Promise<number> {
  const row = await env.DB.prepare('SELECT COUNT(*) AS rounds FROM proxy_checks WHERE proxy_id = ?')
    .bind(id)
    .first<{ rounds: number }>();
  return row?.rounds ?? -1;
}

/** The events that tell of a proxy, or all of a type. */
export async function listEvents(type: string, proxyId?: string): Promise<Record<string, unknown>[]> {
  const { results } = await env.DB.prepare('SELECT payload FROM outbox WHERE type = ? ORDER BY id')
    .bind(type)
    .all<{ payload: string }>();
  const events = results.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
  return proxyId === undefined ? events : events.filter((event) => event.proxy_id === proxyId);
}
