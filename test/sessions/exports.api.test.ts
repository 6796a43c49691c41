import { env } from 'cloudflare:workers';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAccount } from '../support/factories.ts';
import { clientOf, type EventBody, ended, registered, type SessionBody } from './support.ts';

const ROWS = 5_000;

/** Texts that spreadsheets run, that CSV readers break on, and that pages run. */
const HOSTILE = [
  '=HYPERLINK("http://evil.example","x")',
  '+1+1',
  '-2+3',
  '@SUM(A1:A9)',
  'a,b;c\t|d',
  'say ""hi""',
  "it's",
  '<script>alert(1)</script>',
  'ünïcödé 日本 🦊',
  '0012',
  ' padded',
];

let client: ReturnType<typeof clientOf>;
let stranger: ReturnType<typeof clientOf>;

/** Sessions and events as their stores would have written them, all of them told apart. */
async function fill(accountId: string): Promise<void> {
  const hostile = JSON.stringify(HOSTILE);
  const serials = `WITH RECURSIVE serial (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM serial WHERE n < ${ROWS - 1})`;
  const hostileAt = (number: string) => `(SELECT value FROM json_each(?2) WHERE key = (${number}) % ${HOSTILE.length})`;
  await env.DB.batch([
    env.DB.prepare(
      `${serials} INSERT INTO sessions (account_id, session_id, profile_id, device, target_url, proxy, country, search_text,
         status, started_at, ended_at, duration, error, events)
       SELECT ?1, 'row-' || n || ${hostileAt('n')}, ${hostileAt('n + 1')}, iif(n % 2, 'desktop', 'mobile'), NULL,
         iif(n % 5, ${hostileAt('n + 2')}, NULL), iif(n % 3, 'US', NULL), '', CASE n % 3 WHEN 0 THEN 'active' WHEN 1 THEN
         'completed' ELSE 'failed' END, 1700000000000 + n, iif(n % 3, 1700000000500 + n, NULL), iif(n % 3, n / 7.0, NULL),
         iif(n % 3 = 2, ${hostileAt('n + 3')}, NULL), 1 FROM serial`,
    ).bind(accountId, hostile),
    env.DB.prepare(
      `INSERT INTO session_events (account_id, id, session_number, event_type, created_at, details)
       SELECT account_id, row_number() OVER (ORDER BY number), number, iif(number % 2, 'click', 'error'), started_at + 1,
         json_object('text', ${hostileAt('number')}, 'lines', 'a' || char(13, 10) || '=b', 'n', number)
       FROM sessions WHERE account_id = ?1`,
    ).bind(accountId, hostile),
    env.DB.prepare(
      `INSERT INTO session_event_totals SELECT account_id, event_type, COUNT(*) FROM session_events
       WHERE account_id = ?1 GROUP BY 1, 2`,
    ).bind(accountId),
    env.DB.prepare(`INSERT INTO session_event_ids (account_id, last_id) VALUES (?1, ${ROWS})`).bind(accountId),
  ]);
}

/** What a spreadsheet's guard makes of a cell; readers of the file see it so. */
function guarded(value: unknown): string {
  const text = value === null ? '' : String(value);
  return typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** The items of a page by number, as the list shows them. */
async function pageOf<Item>(path: string, page: number, itemsOf: (body: never) => Item[]): Promise<Item[]> {
  const { status, body } = await client.get(`${path}&page=${page}&per_page=100`);
  expect(status).toBe(200);
  return itemsOf(body as never);
}

const sessionsOf = (body: { sessions: SessionBody[] }) => body.sessions;
const eventsOf = (body: { events: EventBody[] }) => body.events;

beforeAll(async () => {
  const account = await createAccount();
  client = clientOf(account.key);
  stranger = clientOf((await createAccount()).key);
  await fill(account.id);
});

describe('an export of sessions', () => {
  it('of 5,000 rows has in each cell what the list shows', async () => {
    const reply = await client.get<string>('/api/sessions/export');
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(reply.headers.get('content-disposition')).toMatch(/^attachment; filename="sessions_\d{8}_\d{6}\.csv"$/);
    const [head, ...rows] = parse(reply.text, { record_delimiter: '\r\n' }) as string[][];
    expect(head?.join()).toBe('session_id,profile_id,device,start_time,proxy,country,status,duration,success');
    const { body: sessions } = await client.get<SessionBody[]>('/api/sessions/export?format=json');
    expect([rows.length, sessions.length]).toEqual([ROWS, ROWS]);
    const expected = sessions.map((session) => {
      const { id, profile_id, device, start_time, proxy, country, status, duration, success } = session;
      return [id, profile_id, device, start_time, proxy, country, status, duration, success].map(guarded);
    });
    expect(rows).toEqual(expected);
    for (const page of [1, 11, 50]) {
      expect(sessions.slice(100 * (page - 1), 100 * page)).toEqual(await pageOf('/api/sessions?', page, sessionsOf));
    }
  });

  it('passes its filters, and has a head when nothing passes', async () => {
    const { body } = await client.get<SessionBody[]>('/api/sessions/export?format=json&status=failed');
    expect(body.slice(1_000, 1_100)).toEqual(await pageOf('/api/sessions?status=failed', 11, sessionsOf));
    expect(body.length).toBe(Math.floor(ROWS / 3));
    const count = async (query: string) =>
      (parse((await client.get<string>(`/api/sessions/export?${query}`)).text) as string[][]).length - 1;
    expect(await count('status=active')).toBe(Math.ceil(ROWS / 3));
    expect(await count('country=us&status=completed')).toBe(Math.ceil((ROWS - 1) / 3));
    expect(await count('country=XX')).toBe(0);
    expect((await stranger.get<string>('/api/sessions/export')).text.trim().split('\r\n')).toHaveLength(1);
    expect((await stranger.get('/api/sessions/export?format=json')).body).toEqual([]);
    expect((await client.get('/api/sessions/export?format=xml')).status).toBe(400);
    expect((await client.get('/api/sessions/export?status=x')).status).toBe(400);
  });
});

describe('an export of events', () => {
  it('of 5,000 rows has in each cell what the list shows, details as JSON', async () => {
    const reply = await client.get<string>('/api/events/export');
    expect(reply.headers.get('content-disposition')).toMatch(/^attachment; filename="events_\d{8}_\d{6}\.csv"$/);
    const [head, ...rows] = parse(reply.text, { record_delimiter: '\r\n' }) as string[][];
    expect(head).toEqual(['id', 'session_id', 'event_type', 'timestamp', 'details']);
    const { body: events } = await client.get<EventBody[]>('/api/events/export?format=json');
    expect(rows).toHaveLength(ROWS);
    expect(rows).toEqual(
      events.map(({ id, session_id, event_type, timestamp, details }) =>
        [id, session_id, event_type, timestamp, JSON.stringify(details)].map(guarded),
      ),
    );
    for (const page of [1, 26, 50]) {
      expect(events.slice(100 * (page - 1), 100 * page)).toEqual(await pageOf('/api/events?', page, eventsOf));
    }
  });

  it('passes its filters, as JSON too', async () => {
    const clicks = await client.get<EventBody[]>('/api/events/export?format=json&event_type=click');
    expect(clicks.body.every((event) => event.event_type === 'click')).toBe(true);
    expect(clicks.body.length).toBe(ROWS / 2);
    const id = await registered(client);
    await client.post('/api/events', { session_id: id, event_type: 'type', details: { keys: '=1' } });
    const one = await client.get<EventBody[]>(`/api/events/export?format=json&session_id=${id}`);
    expect(one.body).toMatchObject([{ session_id: id, event_type: 'type', details: { keys: '=1' } }]);
  });
});

describe('a long session', () => {
  it('shows its newest 1,000 events, and says how many there are', async () => {
    const id = await ended(client, true);
    const events = Array.from({ length: 400 }, () => ({ session_id: id, event_type: 'scroll' }));
    for (let batch = 0; batch < 3; batch += 1) await client.post('/api/events/batch', { events });
    const { body } = await client.get<{ events: EventBody[]; event_count: number }>(`/api/sessions/${id}`);
    const ids = body.events.map((event) => event.id);
    expect([body.event_count, ids.length, (ids.at(-1) ?? 0) - (ids[0] ?? 0)]).toEqual([1_200, 1_000, 999]);
  });
});
