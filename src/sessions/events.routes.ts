import { z } from '@hono/zod-openapi';
import { defineRoute } from '../accounts/route.ts';
import type { AppEnv } from '../app-env.ts';
import { exportHeaders } from '../platform/http/exports.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../platform/http/openapi.ts';
import { textStream } from '../platform/http/text-stream.ts';
import {
  eventBatchSchema,
  eventPageSchema,
  eventSchema,
  exportEventsQuery,
  listEventsQuery,
  loggedBatchSchema,
  loggedSchema,
  newEventSchema,
} from './events.schemas.ts';
import { eventExportFormats } from './events.service.ts';

const tags = ['Sessions'];

const listEvents = defineRoute({
  method: 'get',
  path: '/api/events',
  access: 'read',
  summary: 'List the events of your sessions, newest first',
  tags,
  request: { query: listEventsQuery },
  responses: { 200: jsonResponse(eventPageSchema, 'A page of events; one beyond the last is empty.') },
});

const logEvent = defineRoute({
  method: 'post',
  path: '/api/events',
  access: 'read',
  summary: 'Log an event of a session',
  tags,
  request: { headers: idempotencyHeaders, body: jsonBody(newEventSchema) },
  responses: { 200: jsonResponse(loggedSchema, 'Logged.') },
  errors: ['SESSION_NOT_FOUND', ...IDEMPOTENCY_ERRORS],
});

const logEvents = defineRoute({
  method: 'post',
  path: '/api/events/batch',
  access: 'read',
  summary: 'Log up to 500 events in one write: all of them or none',
  tags,
  request: { headers: idempotencyHeaders, body: jsonBody(eventBatchSchema) },
  responses: { 200: jsonResponse(loggedBatchSchema, 'Logged; their ids follow each other in the order of the list.') },
  errors: ['SESSION_NOT_FOUND', ...IDEMPOTENCY_ERRORS],
});

const exportEvents = defineRoute({
  method: 'get',
  path: '/api/events/export',
  access: 'read',
  summary: 'Write out the events of your sessions as a file, newest first',
  tags,
  request: { query: exportEventsQuery },
  responses: {
    200: {
      description: 'Any number of events, streamed; `details` is JSON. A broken-off answer is incomplete.',
      content: { 'text/csv': { schema: z.string() }, 'application/json': { schema: z.array(eventSchema) } },
    },
  },
});

export const eventsRoutes = createRouter<AppEnv>()
  .openapi(listEvents, async (context) =>
    context.json(await context.var.services.sessionEvents.list(context.var.caller, context.req.valid('query')), 200),
  )
  .openapi(logEvent, async (context) => {
    const { caller, services } = context.var;
    const body = await answerOnce(context, (idempotency) =>
      services.sessionEvents.log(caller, context.req.valid('json'), idempotency),
    );
    return context.json(body, 200);
  })
  .openapi(logEvents, async (context) => {
    const { caller, services } = context.var;
    const { events } = context.req.valid('json');
    const body = await answerOnce(context, (idempotency) =>
      services.sessionEvents.logBatch(caller, events, idempotency),
    );
    return context.json(body, 200);
  })
  .openapi(exportEvents, (context) => {
    const { caller, services } = context.var;
    const query = context.req.valid('query');
    const { contentType } = eventExportFormats[query.format];
    const headers = exportHeaders(contentType, services.sessionEvents.exportFileName(query));
    return context.body(textStream(services.sessionEvents.exportTexts(caller, query)), 200, headers);
  });
