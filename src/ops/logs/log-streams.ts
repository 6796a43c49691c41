import type { Caller } from '../../accounts/actor.ts';
import type { Authentication } from '../../accounts/authentication.service.ts';
import { type EventProducer, eventStream } from '../../platform/http/sse.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { requestIdOf } from '../requests/request-id.model.ts';
import { identified, requestShardName, shardsOf } from '../requests/request-log.client.ts';
import type { KeptSummary, RequestFilters } from '../requests/request-log.types.ts';
import type { RequestFiltersQuery } from '../requests/requests.schemas.ts';
import { toRequestAnswer, toRequestFilters } from '../requests/requests.service.ts';
import { PROCESS_LOG } from './log-book.client.ts';
import type { LogBook } from './log-book.do.ts';
import type { KeptLine } from './log-book.types.ts';
import { streamLogs } from './log-stream.client.ts';
import type { LogFilters } from './logs.schemas.ts';
import { readLogFilters, toLogLine } from './logs.service.ts';

interface Dependencies {
  namespace: DurableObjectNamespace<LogBook>;
  authentication: Authentication;
  logger: Logger;
}

export interface StreamReader {
  caller: Caller;
  key: string;
  lastEventId: string | null;
}

/** Whether a request passes the filters that its list would have used. */
function matches(request: KeptSummary, { subdomain, method, minStatus, maxStatus }: RequestFilters): boolean {
  return (
    (subdomain === undefined || request.subdomain === subdomain) &&
    (method === undefined || request.method === method) &&
    (minStatus === undefined || request.statusCode >= minStatus) &&
    (maxStatus === undefined || request.statusCode <= maxStatus)
  );
}

/** Logs and requests as they happen, as server-sent events made of the books' hibernating sockets. */
export function createLogStreams({ namespace, authentication, logger }: Dependencies) {
  const endless = (reader: StreamReader, start: EventProducer['start']): Response =>
    eventStream({
      start,
      // The key may be revoked, or its account lose its role, while the stream runs.
      async isStillAllowed() {
        const caller = await authentication.authenticate(reader.key);
        return caller?.accountId === reader.caller.accountId && caller.role === reader.caller.role;
      },
    });

  return {
    /** Lines of the process logs, filtered as their list is. */
    lines(filters: LogFilters, reader: StreamReader): Response {
      const { processes, test } = readLogFilters(filters);
      return endless(reader, (sink) =>
        streamLogs<KeptLine>(
          {
            namespace,
            logger,
            books: [PROCESS_LOG],
            filter: { kind: 'lines', processes },
            lastEventId: reader.lastEventId,
            cursors: { of: String, form: /^\d{1,15}$/ },
            toData: (line) => (test === null || test(line.message) ? toLogLine(line) : null),
          },
          sink,
        ),
      );
    },

    /** Proxied requests, filtered as their list is. */
    requests(query: RequestFiltersQuery, reader: StreamReader): Response {
      const filters = toRequestFilters(query, reader.caller);
      const shards = shardsOf(filters.accountId);
      return endless(reader, (sink) =>
        streamLogs<KeptSummary>(
          {
            namespace,
            logger,
            books: shards.map(requestShardName),
            filter: { kind: 'requests', accountId: filters.accountId },
            lastEventId: reader.lastEventId,
            // Positions count the requests of others, too: ids are those of the requests, which tell nobody how many.
            cursors: { of: (position, book) => requestIdOf(shards[book] ?? 0, position), form: /^[0-9a-f]{7}$/ },
            toData: (request, book) =>
              matches(request, filters) ? toRequestAnswer(identified(shards[book] ?? 0, request)) : null,
          },
          sink,
        ),
      );
    },
  };
}

export type LogStreams = ReturnType<typeof createLogStreams>;
