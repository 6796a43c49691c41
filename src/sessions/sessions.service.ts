import type { Caller } from '../accounts/actor.ts';
import type { Clock } from '../platform/clock.ts';
import { type Database, isForeignKeyViolation, isUniqueViolation } from '../platform/db/client.ts';
import { writeOnce } from '../platform/db/idempotent-create.ts';
import { type AppError, appError } from '../platform/errors/app-error.ts';
import { csvFormat, EXPORT_PAGE_ROWS, exportFileName, exportTexts, jsonFormat } from '../platform/http/exports.ts';
import type { Idempotency } from '../platform/http/idempotency.ts';
import type { EventsStore } from './events.store.ts';
import type { Feeds, NewMessage } from './feed/feed.client.ts';
import { MAX_DETAIL_EVENTS } from './limits.ts';
import { addressOf, withoutCredentials } from './named-proxy.model.ts';
import { searchTextOf } from './search-text.model.ts';
import type { SessionEndStore } from './session-end.store.ts';
import { pageOfNumber } from './session-pages.ts';
import { toEventView, toSessionView } from './session-views.ts';
import type {
  ExportSessionsQuery,
  ListSessionsQuery,
  NewSession,
  RegisteredSession,
  SessionEnd,
} from './sessions.schemas.ts';
import { activeCountOf, type NewSessionRow, type SessionsStore } from './sessions.store.ts';
import type { SessionRow } from './sessions.types.ts';

interface Dependencies {
  binding: D1Database;
  database: Database;
  store: SessionsStore;
  endStore: SessionEndStore;
  eventsStore: EventsStore;
  feeds: Pick<Feeds, 'tellAccount'>;
  clock: Clock;
}

/** The columns of the reference. */
const CSV_COLUMNS = [
  'session_id',
  'profile_id',
  'device',
  'start_time',
  'proxy',
  'country',
  'status',
  'duration',
  'success',
];

export const sessionExportFormats = {
  csv: csvFormat<SessionRow>(CSV_COLUMNS, (row) => {
    const view = toSessionView(row);
    const { id, profile_id, device, start_time, proxy, country, status, duration, success } = view;
    return [id, profile_id, device, start_time, proxy, country, status, duration, success];
  }),
  json: jsonFormat<SessionRow>(toSessionView),
};

function toRegisterError(error: unknown): unknown {
  if (isUniqueViolation(error, 'sessions.session_id')) return appError('SESSION_EXISTS');
  return isForeignKeyViolation(error) ? goneAccount() : error;
}

function toNewRow(accountId: string, input: NewSession, startedAtMs: number): NewSessionRow {
  const names = {
    sessionId: input.session_id,
    profileId: input.profile_id,
    proxy: input.proxy ? withoutCredentials(input.proxy) : null,
  };
  return {
    ...names,
    accountId,
    device: input.device,
    targetUrl: input.target_url ?? null,
    country: input.country ?? null,
    searchText: searchTextOf(names),
    startedAtMs,
  };
}

function sessionStart({ sessionId, profileId, device, proxy, country }: NewSessionRow): NewMessage {
  return { type: 'session_start', data: { session_id: sessionId, profile_id: profileId, device, proxy, country } };
}

/** For a caller whose account was deleted while this isolate still remembered the key. */
export function goneAccount(): AppError {
  return appError('INVALID_API_KEY');
}

/** The sessions of an account, as its clients and its people see them. */
export function createSessionsService(dependencies: Dependencies) {
  const { binding, database, store, endStore, eventsStore, feeds, clock } = dependencies;
  return {
    /** Throws `SESSION_EXISTS`. */
    async register({ accountId }: Caller, input: NewSession, idempotency: Idempotency | null) {
      const session = toNewRow(accountId, input, clock.nowMs());
      try {
        const answer = await writeOnce<RegisteredSession>({
          binding,
          database,
          accountId,
          idempotency,
          nowMs: session.startedAtMs,
          status: 200,
          writes: store.registration(session),
          answer: [
            `json_object('status', 'registered', 'session_id', ?1, 'active_count', ${activeCountOf('?2')})`,
            session.sessionId,
            accountId,
          ],
        });
        if (!answer.replayed) feeds.tellAccount(accountId, [sessionStart(session)]);
        return answer;
      } catch (error) {
        throw toRegisterError(error);
      }
    },

    /** Throws `SESSION_NOT_FOUND`, `SESSION_ENDED`. */
    async end({ accountId }: Caller, { session_id: sessionId, success, duration, error }: SessionEnd) {
      const session = await store.find(accountId, sessionId);
      if (!session) throw appError('SESSION_NOT_FOUND');
      const ended = await endStore.end({
        accountId,
        sessionId,
        success,
        durationSeconds: duration ?? null,
        error: error ?? null,
        endedAtMs: clock.nowMs(),
        address: session.proxy === null ? null : addressOf(session.proxy),
      });
      if (!ended) throw appError('SESSION_ENDED');
      const data = { session_id: sessionId, success, duration: ended.durationSeconds, error: error ?? null };
      feeds.tellAccount(accountId, [{ type: 'session_end', data }]);
      return { status: 'ended' as const, active_count: ended.activeCount };
    },

    async list({ accountId }: Caller, query: ListSessionsQuery) {
      const limits = { limit: query.per_page, offset: (query.page - 1) * query.per_page };
      const { items, total } = await store.list(accountId, query, limits);
      return { sessions: items.map(toSessionView), ...pageOfNumber(query, total) };
    },

    /** A session with its newest events. Throws `SESSION_NOT_FOUND`. */
    async get({ accountId }: Caller, sessionId: string) {
      const [session, events] = await Promise.all([
        store.find(accountId, sessionId),
        eventsStore.newestOf(accountId, sessionId, MAX_DETAIL_EVENTS),
      ]);
      if (!session) throw appError('SESSION_NOT_FOUND');
      return { session: toSessionView(session), events: events.map(toEventView), event_count: session.events };
    },

    /** The sessions that pass the filters, newest first, as the texts of a file. */
    exportTexts({ accountId }: Caller, { format, ...filters }: ExportSessionsQuery) {
      return exportTexts<SessionRow>(sessionExportFormats[format], (last) =>
        store.listAfter(accountId, filters, last?.number ?? null, EXPORT_PAGE_ROWS),
      );
    },

    exportFileName: ({ format }: ExportSessionsQuery) => exportFileName('sessions', format, clock.nowMs()),
  };
}

export type SessionsService = ReturnType<typeof createSessionsService>;
