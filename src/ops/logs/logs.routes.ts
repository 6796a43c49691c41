import { z } from '@hono/zod-openapi';
import { presentedKey } from '../../accounts/auth.middleware.ts';
import { defineRoute } from '../../accounts/route.ts';
import type { AppContext, AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { requestFilters } from '../requests/requests.schemas.ts';
import type { StreamReader } from './log-streams.ts';
import { listLogsQuery, logFilters, logListSchema } from './logs.schemas.ts';

const tags = ['Ops'];
const headers = z.object({
  'last-event-id': z
    .string()
    .max(200)
    .optional()
    .openapi({ description: 'The id of the last event that a reader had: it goes on behind it.' }),
});

/** A stream's answer; its first event is `connected`, and `lagged` says how many a reader missed. */
function eventStreamResponse(description: string) {
  return { description, content: { 'text/event-stream': { schema: z.string() } } };
}

const listLogs = defineRoute({
  method: 'get',
  path: '/api/v1/logs',
  access: 'read',
  summary: 'Log lines of the background processes, oldest first',
  tags,
  request: { query: listLogsQuery },
  responses: { 200: jsonResponse(logListSchema, 'The newest lines that match, within both limits.') },
  errors: ['INVALID_PATTERN', 'PROCESS_NOT_FOUND'],
});

const streamLines = defineRoute({
  method: 'get',
  path: '/api/v1/logs/stream',
  access: 'read',
  summary: 'Log lines as they are written, as server-sent events',
  tags,
  request: { query: logFilters, headers },
  responses: { 200: eventStreamResponse('An endless stream; each event is a line.') },
  errors: ['INVALID_PATTERN', 'PROCESS_NOT_FOUND'],
});

const streamRequests = defineRoute({
  method: 'get',
  path: '/api/v1/proxy/requests/stream',
  access: 'read',
  summary: 'Proxied requests as they end, as server-sent events; admins see those of all',
  tags,
  request: { query: requestFilters, headers },
  responses: { 200: eventStreamResponse('An endless stream; each event is a request.') },
});

function readerOf(context: AppContext): StreamReader {
  return {
    caller: context.var.caller,
    key: presentedKey(context.req.raw.headers) ?? '',
    lastEventId: context.req.header('last-event-id') ?? null,
  };
}

export const logsRoutes = createRouter<AppEnv>()
  .openapi(listLogs, async (context) =>
    context.json(await context.var.services.logs.list(context.req.valid('query')), 200),
  )
  .openapi(streamLines, (context) =>
    context.var.services.logStreams.lines(context.req.valid('query'), readerOf(context)),
  )
  .openapi(streamRequests, (context) =>
    context.var.services.logStreams.requests(context.req.valid('query'), readerOf(context)),
  );
