import { z } from '@hono/zod-openapi';
import { presentedKey } from '../../accounts/auth.middleware.ts';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { createRouter, integerParameter, jsonResponse } from '../../platform/http/openapi.ts';
import { MAX_TAIL_MESSAGES } from './feed.storage.ts';
import { feedKinds } from './feed.types.ts';

const feedField = z.enum(feedKinds).default('account').openapi({
  description: 'account: your sessions, leases and credits. inventory: checks, proxies, pools, sources, processes.',
});

const ticketSchema = z
  .object({
    ticket: z.string().openapi({ example: 'k1.c2FtcGxl.c2FtcGxlIHRpY2tldA' }),
    expires_in: z.number().int().openapi({ description: 'Seconds.', example: 30 }),
  })
  .openapi('FeedTicket');

const createTicket = defineRoute({
  method: 'post',
  path: '/api/ws/ticket',
  access: 'read',
  summary: 'Get a ticket for `/ws?ticket=…`: good once, for 30 seconds',
  description:
    '`GET /ws` upgrades to a WebSocket that carries `{type, timestamp, data}`: session_start, session_end, event, ' +
    'stats_update, lease_acquired, lease_renewed, lease_released, lease_expired, credits_low, credits_exhausted; on the ' +
    'inventory feed checks, proxy_status, pool_low, source_failed, source_deactivated, sweep_suspect, process_status, ' +
    'supervisor_status. With a key ' +
    'in a header it needs no ticket; `tail=N` first repeats the newest messages. Any text is answered `{"type":"pong","data":text}`.',
  tags: ['Sessions'],
  request: { query: z.object({ feed: feedField }) },
  responses: { 200: jsonResponse(ticketSchema, 'The ticket. It is shown only here.') },
});

const listenQuery = z.object({
  ticket: z.string().optional(),
  feed: feedField,
  tail: integerParameter(0, MAX_TAIL_MESSAGES).default(0),
});

export const feedRoutes = createRouter<AppEnv>().openapi(createTicket, async (context) => {
  const { caller, services } = context.var;
  const ticket = await services.feedAccess.issueTicket(caller, context.req.valid('query').feed);
  return context.json(ticket, 200, { 'Cache-Control': 'no-store' });
});

// Not described by OpenAPI, which knows no WebSockets.
feedRoutes.get('/ws', async (context) => {
  const { headers, url } = context.req.raw;
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw appError('UPGRADE_REQUIRED', { headers: { Upgrade: 'websocket', Connection: 'Upgrade' } });
  }
  const query = listenQuery.safeParse(context.req.query());
  if (!query.success) {
    const issues = query.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw appError('VALIDATION_ERROR', { details: { issues } });
  }
  return context.var.services.feedAccess.listen({
    ...query.data,
    ticket: query.data.ticket,
    origin: headers.get('origin'),
    url,
    key: presentedKey(headers),
  });
});
