import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { adminKey, call, type Reply } from '../../support/harness.ts';

export interface SourceBody {
  id: string;
  url: string;
  parser_name: string;
  cron_schedule: string;
  default_protocol: string;
  is_active: boolean;
  pool: string;
  has_headers: boolean;
  last_scraped_at: string | null;
  last_error: string | null;
  consecutive_failures: number;
  next_scrape_at: string | null;
  created_at: string;
}

export interface ScrapeBody {
  source_id: string;
  proxies_discovered: number;
  proxies_new: number;
  proxies_updated: number;
  skipped: number;
  truncated: boolean;
  duration_ms: number;
}

export interface ErrorBody {
  error: { code: string; message: string; details: Record<string, unknown> };
}

let serial = 0;

/** A part of a URL that no other test has: URLs of sources are unique. */
export function unique(): string {
  serial += 1;
  return `${serial}-${crypto.randomUUID().slice(0, 8)}`;
}

/** The URL of one of the real list servers, made unique. */
export function listUrl(path: string, server = 'lists'): string {
  return `${env.TEST_PEERS.sources[server]}${path}${path.includes('?') ? '&' : '?'}test=${unique()}`;
}

/** A list of a test's own on a real server: its URL, and how to set what it holds and see who asked. */
export function ownList(extension = 'txt', server = 'lists') {
  const url = `${env.TEST_PEERS.sources[server]}/slot/${unique()}.${extension}`;
  return {
    url,
    async put(body: string): Promise<void> {
      const answer = await fetch(url, { method: 'PUT', body });
      expect(await answer.text()).toBe('stored');
    },
    async seen(): Promise<{ gets: number; headers: Record<string, string> }> {
      const answer = await fetch(`${url}?seen=1`);
      return answer.json();
    },
  };
}

export async function createSource(fields: Record<string, unknown>): Promise<SourceBody> {
  const reply = await call<SourceBody>('POST', '/sources', { key: adminKey, json: fields });
  expect([reply.status, reply.body]).toMatchObject([201, { id: expect.any(String) }]);
  return reply.body;
}

export async function getSource(sourceId: string): Promise<SourceBody> {
  return (await call<SourceBody>('GET', `/sources/${sourceId}`, { key: adminKey })).body;
}

export function scrape<Body = ScrapeBody>(sourceId: string): Promise<Reply<Body>> {
  return call<Body>('POST', `/sources/${sourceId}/scrape`, { key: adminKey });
}

/** The rows of the inventory that a source found, by address. */
export async function proxiesOf(sourceId: string) {
  const { results } = await env.DB.prepare('SELECT * FROM proxies WHERE source_id = ? ORDER BY ip, port, protocol')
    .bind(sourceId)
    .all<Record<string, string | number | null>>();
  return results;
}

/** Types of the events that wait for the notifiers and tell of a source, oldest first. */
export async function eventsOf(sourceId: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT type FROM outbox WHERE payload ->> 'source_id' = ? ORDER BY created_at, type DESC",
  )
    .bind(sourceId)
    .all<{ type: string }>();
  return results.map(({ type }) => type);
}
