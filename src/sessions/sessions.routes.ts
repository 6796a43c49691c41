import { z } from '@hono/zod-openapi';
import { defineRoute } from '../accounts/route.ts';
import type { AppEnv } from '../app-env.ts';
import { exportHeaders } from '../platform/http/exports.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../platform/http/openapi.ts';
import { textStream } from '../platform/http/text-stream.ts';
import {
  endedSchema,
  endSessionSchema,
  exportSessionsQuery,
  listSessionsQuery,
  registeredSchema,
  registerSessionSchema,
  sessionDetailSchema,
  sessionPageSchema,
  sessionParameters,
  sessionSchema,
} from './sessions.schemas.ts';
import { sessionExportFormats } from './sessions.service.ts';

const tags = ['Sessions'];

const registerSession = defineRoute({
  method: 'post',
  path: '/api/sessions/register',
  access: 'read',
  summary: 'Register a session that begins now',
  tags,
  request: { headers: idempotencyHeaders, body: jsonBody(registerSessionSchema) },
  responses: { 200: jsonResponse(registeredSchema, 'Registered.') },
  errors: ['SESSION_EXISTS', ...IDEMPOTENCY_ERRORS],
});

const endSession = defineRoute({
  method: 'post',
  path: '/api/sessions/end',
  access: 'read',
  summary: 'End a session, and say how it went',
  description: 'A proxy of the inventory that the session named by ip:port hears of it too: its score moves a little.',
  tags,
  request: { body: jsonBody(endSessionSchema) },
  responses: { 200: jsonResponse(endedSchema, 'Ended.') },
  errors: ['SESSION_NOT_FOUND', 'SESSION_ENDED'],
});

const listSessions = defineRoute({
  method: 'get',
  path: '/api/sessions',
  access: 'read',
  summary: 'List your sessions, newest first',
  tags,
  request: { query: listSessionsQuery },
  responses: { 200: jsonResponse(sessionPageSchema, 'A page of sessions; one beyond the last is empty.') },
});

const exportSessions = defineRoute({
  method: 'get',
  path: '/api/sessions/export',
  access: 'read',
  summary: 'Write out your sessions as a file, newest first',
  tags,
  request: { query: exportSessionsQuery },
  responses: {
    200: {
      description: 'Any number of sessions, streamed. A broken-off answer is incomplete.',
      content: { 'text/csv': { schema: z.string() }, 'application/json': { schema: z.array(sessionSchema) } },
    },
  },
});

const getSession = defineRoute({
  method: 'get',
  path: '/api/sessions/{session_id}',
  access: 'read',
  summary: 'Get a session and its events',
  tags,
  request: { params: sessionParameters },
  responses: { 200: jsonResponse(sessionDetailSchema, 'The session.') },
  errors: ['SESSION_NOT_FOUND'],
});

export const sessionsRoutes = createRouter<AppEnv>()
  .openapi(registerSession, async (context) => {
    const { caller, services } = context.var;
    const body = await answerOnce(context, (idempotency) =>
      services.sessions.register(caller, context.req.valid('json'), idempotency),
    );
    return context.json(body, 200);
  })
  .openapi(endSession, async (context) =>
    context.json(await context.var.services.sessions.end(context.var.caller, context.req.valid('json')), 200),
  )
  .openapi(listSessions, async (context) =>
    context.json(await context.var.services.sessions.list(context.var.caller, context.req.valid('query')), 200),
  )
  // Before /api/sessions/{session_id}: no session is called `export`.
  .openapi(exportSessions, (context) => {
    const { caller, services } = context.var;
    const query = context.req.valid('query');
    const { contentType } = sessionExportFormats[query.format];
    const headers = exportHeaders(contentType, services.sessions.exportFileName(query));
    return context.body(textStream(services.sessions.exportTexts(caller, query)), 200, headers);
  })
  .openapi(getSession, async (context) =>
    context.json(
      await context.var.services.sessions.get(context.var.caller, context.req.valid('param').session_id),
      200,
    ),
  );
