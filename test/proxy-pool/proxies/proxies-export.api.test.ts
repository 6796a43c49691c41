import { env } from 'cloudflare:workers';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../../src/platform/db/client.ts';
import { csvLines } from '../../../src/platform/http/csv.ts';
import { EXPORT_PAGE_ROWS } from '../../../src/platform/http/exports.ts';
import { textStream } from '../../../src/platform/http/text-stream.ts';
import { exportProxiesQuery } from '../../../src/proxy-pool/proxies/proxies.schemas.ts';
import { createProxiesStore } from '../../../src/proxy-pool/proxies/proxies.store.ts';
import { createProxiesExport } from '../../../src/proxy-pool/proxies/proxies-export.service.ts';
import { commonRouteTests } from '../../support/common-route-tests.ts';
import { createAccount } from '../../support/factories.ts';
import { adminKey, call, errorCode } from '../../support/harness.ts';

commonRouteTests({ method: 'GET', path: '/proxies/export?format=txt', scope: 'write' });

const PROXIES = 2 * EXPORT_PAGE_ROWS + 7;

beforeAll(async () => {
  await env.DB.batch([
    env.DB.prepare("INSERT INTO pools (number, name, created_at) VALUES (80, 'exported', 0), (81, 'few', 0)"),
    env.DB.prepare(
      `WITH RECURSIVE serial (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM serial WHERE n < ?1 - 1)
      INSERT INTO proxies (id, ip, port, protocol, pool_number, username, password_sealed, status, country, score, first_seen_at, last_seen_at)
      SELECT printf('01890000-0000-7000-8000-%012x', n), printf('127.85.%d.%d', n / 250, n % 250), 8080, 'http', 80, 'hidden-user',
        'hidden-password', iif(n % 2, 'active', 'dead'), iif(n % 2, 'DE', NULL), iif(n % 2, 0.5, NULL), 0, 0 FROM serial`,
    ).bind(PROXIES),
    env.DB.prepare(
      `INSERT INTO proxies (id, ip, port, protocol, pool_number, status, tags, first_seen_at, last_seen_at) VALUES
      ('01890000-0000-7000-9000-000000000001', '2001:4860::1', 80, 'socks5', 81, 'unsupported', '{}', 0, 0)`,
    ),
  ]);
});

async function exported(query: string): Promise<{ text: string; headers: Headers }> {
  const reply = await call<string>('GET', `/proxies/export?${query}`, { key: adminKey });
  expect(reply.status).toBe(200);
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  expect(text).not.toContain('hidden');
  return { text, headers: reply.headers };
}

describe('an export', () => {
  it('has each proxy that passes the filters once, over any number of pages, as URLs', async () => {
    const { text, headers } = await exported('format=txt&pool=exported');
    const lines = text.trimEnd().split('\n');
    expect([lines.length, new Set(lines).size]).toEqual([PROXIES, PROXIES]);
    expect(lines[0]).toBe('http://127.85.0.0:8080');
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="proxies_\d{8}_\d{6}\.txt"$/);
    const { text: active } = await exported('format=txt&pool=exported&status=active&min_score=0.5');
    expect(active.trimEnd().split('\n')).toHaveLength(Math.floor(PROXIES / 2));
    expect((await exported('format=txt&pool=few')).text).toBe('socks5://[2001:4860::1]:80\n');
    expect((await exported('format=txt&pool=nobody')).text).toBe('');
  });

  it('is CSV as RFC 4180 has it, which another reader takes', async () => {
    const { text, headers } = await exported('format=csv&pool=exported');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(text.split('\r\n')[0]).toBe(
      'id,ip,port,protocol,pool,status,leasable,anonymity,exit_ip,country,score,avg_latency_ms,uptime_pct,supports_tunnel,last_checked_at,first_seen_at',
    );
    const records: Record<string, string>[] = parse(text, { columns: true, record_delimiter: '\r\n' });
    expect(records).toHaveLength(PROXIES);
    expect(records[1]).toMatchObject({
      ip: '127.85.0.1',
      port: '8080',
      leasable: 'false',
      score: '0.5',
      anonymity: '',
    });
    expect(text.split('\r\n')).toHaveLength(PROXIES + 2);
  });

  it('is JSON that is whole, of the proxies as lists show them, and of none', async () => {
    const { body } = await call<{ id: string }[]>('GET', '/proxies/export?format=json&pool=exported', {
      key: adminKey,
    });
    expect(body).toHaveLength(PROXIES);
    const list = await call<{ items: object[] }>('GET', '/proxies?pool=few', { key: adminKey });
    const few = await call<object[]>('GET', '/proxies/export?format=json&pool=few', { key: adminKey });
    expect(few.body).toEqual(list.body.items);
    expect((await call('GET', '/proxies/export?format=json&pool=nobody', { key: adminKey })).body).toEqual([]);
  });

  it('is made as it is read, and ends with its reader', async () => {
    let pages = 0;
    const store = createProxiesStore(createDatabase(env.DB));
    const counting = {
      ...store,
      listById: (...query: Parameters<typeof store.listById>) => {
        pages += 1;
        return store.listById(...query);
      },
    };
    const { texts } = createProxiesExport({ store: counting, clock: { nowMs: () => 0 } });
    const reader = textStream(texts(exportProxiesQuery.parse({ format: 'txt', pool: 'exported' }))).getReader();
    await reader.read();
    // The stream keeps one page ready, not all.
    await scheduler.wait(20);
    expect(pages).toBeLessThanOrEqual(2);
    await reader.cancel();
    await scheduler.wait(20);
    expect(pages).toBeLessThanOrEqual(2);
  });

  it('is for who may write, and says what is wrong with its query', async () => {
    const { key } = await createAccount('operator');
    expect((await call('GET', '/proxies/export?format=txt&pool=few', { key })).status).toBe(200);
    for (const query of ['', '?format=xml', '?format=txt&min_score=2', '?format=csv&country=Germany']) {
      const refused = await call('GET', `/proxies/export${query}`, { key });
      expect([query, refused.status, errorCode(refused)]).toEqual([query, 422, 'VALIDATION_ERROR']);
    }
  });
});

describe('a CSV cell', () => {
  it('that a spreadsheet would run is made a text; numbers stay numbers', () => {
    const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'];
    const [cells = []] = parse(csvLines([formulas])) as string[][];
    expect(cells).toEqual(formulas.map((formula) => `'${formula}`));
    expect(csvLines([[-1, 0.5, null, true, 'a"b', 'a,b', 'a\r\nb', 'é']])).toBe(
      '-1,0.5,,true,"a""b","a,b","a\r\nb",é\r\n',
    );
  });
});
