import type { Caller } from '../accounts/actor.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, isForeignKeyViolation, isNotNullViolation } from '../platform/db/client.ts';
import { writeOnce } from '../platform/db/idempotent-create.ts';
import type { Write } from '../platform/db/writes.ts';
import { appError } from '../platform/errors/app-error.ts';
import { csvFormat, EXPORT_PAGE_ROWS, exportFileName, exportTexts, jsonFormat } from '../platform/http/exports.ts';
import type { Idempotency } from '../platform/http/idempotency.ts';
import { type EventWritesStore, lastEventIdOf } from './event-writes.store.ts';
import type { ExportEventsQuery, ListEventsQuery, LoggedBatch, LoggedEvent, NewEvent } from './events.schemas.ts';
import type { EventsStore } from './events.store.ts';
import type { Feeds, NewMessage } from './feed/feed.client.ts';
import { pageOfNumber } from './session-pages.ts';
import { toEventView } from './session-views.ts';
import { goneAccount } from './sessions.service.ts';
import type { EventRow } from './sessions.types.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  store: EventsStore;
  writesStore: EventWritesStore;
  feeds: Pick<Feeds, 'tellAccount'>;
  clock: Clock;
}

const CSV_COLUMNS = ['id', 'session_id', 'event_type', 'timestamp', 'details'];

export const eventExportFormats = {
  csv: csvFormat<EventRow>(CSV_COLUMNS, (row) => {
    const { id, session_id, event_type, timestamp } = toEventView(row);
    return [id, session_id, event_type, timestamp, row.details];
  }),
  json: jsonFormat<EventRow>(toEventView),
};

function toMessage({ session_id, event_type, details }: NewEvent): NewMessage {
  return { type: 'event', data: { session_id, event_type, details: details ?? {} } };
}

/** What clients tell of their sessions while they run. */
export function createEventsService({ binding, database, store, writesStore, feeds, clock }: Dependencies) {
  async function toLogError(error: unknown, accountId: string, events: readonly NewEvent[]): Promise<unknown> {
    if (isForeignKeyViolation(error)) return goneAccount();
    if (!isNotNullViolation(error, 'session_events.session_number')) return error;
    const missing = await writesStore.missingSessions(
      accountId,
      events.map((event) => event.session_id),
    );
    const index = events.findIndex((event) => missing.has(event.session_id));
    const message = `You have no session '${events[index]?.session_id}' (events.${index}); nothing was logged.`;
    return appError('SESSION_NOT_FOUND', events.length > 1 ? { message } : {});
  }

  async function log<Answer>(
    accountId: string,
    events: readonly NewEvent[],
    idempotency: Idempotency | null,
    answer: Write,
  ) {
    const nowMs = clock.nowMs();
    const rows = events.map((event) => ({
      sessionId: event.session_id,
      eventType: event.event_type,
      details: JSON.stringify(event.details ?? {}),
    }));
    try {
      const writes = writesStore.insertion(accountId, rows, nowMs);
      const once = { binding, database, accountId, idempotency, nowMs, status: 200, writes, answer };
      const logged = await writeOnce<Answer>(once);
      if (!logged.replayed) feeds.tellAccount(accountId, events.map(toMessage));
      return logged;
    } catch (error) {
      throw await toLogError(error, accountId, events);
    }
  }

  return {
    /** Throws `SESSION_NOT_FOUND`. */
    log({ accountId }: Caller, event: NewEvent, idempotency: Idempotency | null) {
      const lastId = lastEventIdOf('?1');
      const answer = [`json_object('status', 'logged', 'event_id', ${lastId})`, accountId] as const;
      return log<LoggedEvent>(accountId, [event], idempotency, answer);
    },

    /** All of them, in one write, or none. Throws `SESSION_NOT_FOUND`. */
    logBatch({ accountId }: Caller, events: readonly NewEvent[], idempotency: Idempotency | null) {
      const lastId = lastEventIdOf('?1');
      const answer = [
        `json_object('status', 'logged', 'count', ?2, 'first_event_id', ${lastId} - ?2 + 1, 'last_event_id', ${lastId})`,
        accountId,
        events.length,
      ] as const;
      return log<LoggedBatch>(accountId, events, idempotency, answer);
    },

    async list({ accountId }: Caller, query: ListEventsQuery) {
      const limits = { limit: query.per_page, offset: (query.page - 1) * query.per_page };
      const { items, total } = await store.list(accountId, query, limits);
      return { events: items.map(toEventView), ...pageOfNumber(query, total) };
    },

    /** The events that pass the filters, newest first, as the texts of a file. */
    exportTexts({ accountId }: Caller, { format, ...filters }: ExportEventsQuery) {
      return exportTexts<EventRow>(eventExportFormats[format], (last) =>
        store.listAfter(accountId, filters, last?.id ?? null, EXPORT_PAGE_ROWS),
      );
    },

    exportFileName: ({ format }: ExportEventsQuery) => exportFileName('events', format, clock.nowMs()),
  };
}

export type EventsService = ReturnType<typeof createEventsService>;
