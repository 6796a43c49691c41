import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { eventTypes } from '../../src/sessions/sessions.types.ts';
import { createAccount } from '../support/factories.ts';
import { envWith, fetchWith } from '../support/worker-doors.ts';
import { clientOf, type EventBody, type PageBody, refusedAs, registered } from './support.ts';

type EventPage = PageBody & { events: EventBody[] };

async function newClient() {
  return clientOf((await createAccount()).key);
}

describe('an event', () => {
  it('is logged and shown in the reference’s own shapes, whatever its type', async () => {
    const client = await newClient();
    const id = await registered(client);
    const details = { url: 'https://example.com', load_time_ms: 1500, nested: { list: [1, null, 'ü'] } };
    for (const [index, event_type] of eventTypes.entries()) {
      const reply = await client.post('/api/events', { session_id: id, event_type, details });
      expect([reply.status, reply.body]).toEqual([200, { status: 'logged', event_id: index + 1 }]);
    }
    const { body } = await client.get<EventPage>('/api/events?per_page=3');
    expect(body).toMatchObject({ total: 8, page: 1, per_page: 3, total_pages: 3 });
    expect(body.events.map((event) => event.id)).toEqual([8, 7, 6]);
    expect(body.events[0]).toEqual({
      id: 8,
      session_id: id,
      event_type: 'custom',
      timestamp: expect.stringMatching(/Z$/),
      details,
    });
    const detail = await client.get<{ events: EventBody[]; event_count: number }>(`/api/sessions/${id}`);
    expect([detail.body.event_count, detail.body.events.map((event) => event.id)]).toEqual([
      8,
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    const none = await client.post('/api/events', { session_id: id, event_type: 'click' });
    expect(none.status).toBe(200);
    expect((await client.get<EventPage>('/api/events?per_page=1')).body.events[0]?.details).toEqual({});
  });

  it('has an id that counts in its own account only', async () => {
    const [client, other] = [await newClient(), await newClient()];
    const [mine, theirs] = [await registered(client), await registered(other)];
    await other.post('/api/events', { session_id: theirs, event_type: 'click' });
    await other.post('/api/events', { session_id: theirs, event_type: 'click' });
    const first = await client.post('/api/events', { session_id: mine, event_type: 'click' });
    expect(first.body.event_id).toBe(1);
    const foreign = await client.post('/api/events', { session_id: theirs, event_type: 'click' });
    expect(refusedAs(foreign)).toEqual([404, 'You have no such session.']);
  });

  it('keeps what it says to the letter, hostile texts among it', async () => {
    const client = await newClient();
    const id = await registered(client);
    const details = {
      formula: '=HYPERLINK("http://x")',
      script: '<script>alert(1)</script>',
      lines: 'a\r\nb\u2028c\u0000d\ud800',
      proto: { deep: [[[[1]]]] },
      number: 1e300,
    };
    await client.post('/api/events', { session_id: id, event_type: 'custom', details });
    const { body } = await client.get<EventPage>('/api/events');
    expect(body.events[0]?.details).toEqual(JSON.parse(JSON.stringify(details)));
  });

  it('is refused with the reason when it is of no known type, too deep, too long, or of nobody’s session', async () => {
    const client = await newClient();
    const id = await registered(client);
    const deepText = `${'['.repeat(20_000)}1${']'.repeat(20_000)}`;
    for (const [fields, field] of [
      [{ event_type: 'teleport' }, 'event_type'],
      [{ event_type: 'click', details: 'text' }, 'details'],
      [{ event_type: 'click', details: [1] }, 'details'],
      [{ event_type: 'click', details: { text: 'ü'.repeat(9_000) } }, 'details: has more than 16384 bytes'],
    ] as const) {
      const reply = await client.post('/api/events', { session_id: id, ...fields });
      expect(refusedAs(reply)).toEqual([400, expect.stringContaining(field)]);
    }
    const text = `{"session_id":${JSON.stringify(id)},"event_type":"click","details":{"a":${deepText}}}`;
    const tooDeep = await client.postText('/api/events', text);
    expect(refusedAs(tooDeep)).toEqual([400, expect.stringContaining('deeper than 32 levels')]);
    expect((await client.get<EventPage>('/api/events')).body.total).toBe(0);
  });

  it('filters by type, by session and by both, with totals that agree', async () => {
    const client = await newClient();
    const ids = [await registered(client), await registered(client)];
    const logged: [string, string][] = [];
    for (let index = 0; index < 12; index += 1) {
      const [session_id = '', event_type = ''] = [ids[index % 2], ['click', 'error', 'scroll'][index % 3]];
      logged.push([session_id, event_type]);
      await client.post('/api/events', { session_id, event_type });
    }
    for (const type of [null, 'click', 'type']) {
      for (const session of [null, ids[0], ids[1], 'nobody']) {
        const filters = { event_type: type, session_id: session };
        const query = new URLSearchParams(
          Object.entries(filters).flatMap(([name, value]) => (value ? [[name, value]] : [])),
        );
        const { body } = await client.get<EventPage>(`/api/events?${query}`);
        const expected = logged.filter(
          ([sessionId, eventType]) =>
            (type === null || eventType === type) && (session === null || sessionId === session),
        ).length;
        expect([`${query}`, body.total, body.events.length]).toEqual([`${query}`, expected, expected]);
      }
    }
  });
});

describe('a batch of events', () => {
  it('is written at once, in its order, by one transaction of few statements', async () => {
    const client = await newClient();
    const ids = [await registered(client), await registered(client), await registered(client)];
    const events = Array.from({ length: 500 }, (_, index) => ({
      session_id: ids[index % 3],
      event_type: eventTypes[index % 8],
      details: { index },
    }));
    const reply = await client.post('/api/events/batch', { events });
    expect([reply.status, reply.body]).toEqual([
      200,
      { status: 'logged', count: 500, first_event_id: 1, last_event_id: 500 },
    ]);
    const { body } = await client.get<EventPage>('/api/events?per_page=200&page=3');
    expect(body.total).toBe(500);
    expect(body.events.map((event) => [event.id, event.details.index])).toEqual(
      Array.from({ length: 100 }, (_, index) => [100 - index, 99 - index]),
    );
    const counted = await env.DB.prepare('SELECT SUM(events) AS events FROM sessions WHERE session_id IN (?1, ?2, ?3)')
      .bind(...ids)
      .first<{ events: number }>();
    expect(counted?.events).toBe(500);
  });

  it('of 500 is one call of the database with as many statements as one of a single event has', async () => {
    const { key } = await createAccount();
    const id = await registered(clientOf(key));
    const calls: number[] = [];
    const counting = new Proxy(env.DB, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'batch') return value.bind(target);
        return (statements: D1PreparedStatement[]) => {
          calls.push(statements.length);
          return target.batch(statements);
        };
      },
    });
    const log = async (path: string, json: unknown) => {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(json) };
      expect((await fetchWith(envWith({ DB: counting }), path, init)).status).toBe(200);
      return calls.splice(0);
    };
    const event = { session_id: id, event_type: 'click' };
    const single = await log('/api/events', event);
    expect(single).toHaveLength(1);
    expect(await log('/api/events/batch', { events: Array(500).fill(event) })).toEqual(single);
  });

  it('is refused as a whole when one event is wrong, and says which', async () => {
    const client = await newClient();
    const id = await registered(client);
    const good = { session_id: id, event_type: 'click' };
    const unknown = await client.post('/api/events/batch', { events: [good, { ...good, session_id: 'nobody' }, good] });
    expect(refusedAs(unknown)).toEqual([404, "You have no session 'nobody' (events.1); nothing was logged."]);
    const bad = await client.post('/api/events/batch', { events: [good, good, { ...good, event_type: 'x' }] });
    expect(refusedAs(bad)).toEqual([400, expect.stringContaining('events.2.event_type')]);
    for (const events of [[], Array(501).fill(good), {}, null]) {
      expect((await client.post('/api/events/batch', { events })).status).toBe(400);
    }
    expect((await client.get<EventPage>('/api/events')).body.total).toBe(0);
    expect((await client.post('/api/events', good)).body.event_id).toBe(1);
  });

  it('is written once for an Idempotency-Key', async () => {
    const client = await newClient();
    const events = [{ session_id: await registered(client), event_type: 'click' }];
    const headers = { 'idempotency-key': 'batch' };
    const replies = await Promise.all([1, 2, 3, 4].map(() => client.post('/api/events/batch', { events }, headers)));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect((await client.get<EventPage>('/api/events')).body.total).toBe(1);
  });

  it('of many at once loses no event and gives no id twice', async () => {
    const client = await newClient();
    const id = await registered(client);
    const events = Array.from({ length: 20 }, () => ({ session_id: id, event_type: 'scroll' }));
    await Promise.all(Array.from({ length: 10 }, () => client.post('/api/events/batch', { events })));
    const { body } = await client.get<EventPage>('/api/events?per_page=200');
    expect([body.total, new Set(body.events.map((event) => event.id)).size]).toEqual([200, 200]);
    expect(body.events[0]?.id).toBe(200);
  });
});
