import { defineRoute } from '../accounts/route.ts';
import type { AppEnv } from '../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../platform/http/idempotency.ts';
import { createRouter, idParameter, jsonBody, jsonResponse } from '../platform/http/openapi.ts';
import { pageOf } from '../platform/http/pagination.ts';
import {
  createNotifierSchema,
  deliverySchema,
  listDeliveriesQuery,
  listNotifiersQuery,
  notifierSchema,
  patchNotifierSchema,
  testResultSchema,
} from './notifiers.schemas.ts';

const params = idParameter('notifier_id');
const tags = ['Notifiers'];

const listNotifiers = defineRoute({
  method: 'get',
  path: '/notifiers',
  access: 'admin',
  summary: 'List notifiers, newest first',
  tags,
  request: { query: listNotifiersQuery },
  responses: { 200: jsonResponse(pageOf(notifierSchema), 'A page of notifiers.') },
  errors: ['INVALID_CURSOR'],
});

const createNotifier = defineRoute({
  method: 'post',
  path: '/notifiers',
  access: 'admin',
  summary: 'Add a notifier: whom to tell, how, and of which events',
  description: 'The events and their JSON are under `webhooks` of this document.',
  tags,
  request: { headers: idempotencyHeaders, body: jsonBody(createNotifierSchema) },
  responses: { 201: jsonResponse(notifierSchema, 'The notifier.') },
  errors: ['ADDRESS_NOT_ALLOWED', 'NOTIFIER_EXISTS', 'TOO_MANY_NOTIFIERS', ...IDEMPOTENCY_ERRORS],
});

const getNotifier = defineRoute({
  method: 'get',
  path: '/notifiers/{notifier_id}',
  access: 'admin',
  summary: 'Get a notifier and its health',
  tags,
  request: { params },
  responses: { 200: jsonResponse(notifierSchema, 'The notifier.') },
});

const patchNotifier = defineRoute({
  method: 'patch',
  path: '/notifiers/{notifier_id}',
  access: 'admin',
  summary: 'Change a notifier; what is left out stays',
  description:
    'A new webhook secret signs at once, and the one before it beside it for a day; the same secret again ends that. ' +
    'Another mail server, port, security or user name drops the stored password, unless the change names one.',
  tags,
  request: { params, body: jsonBody(patchNotifierSchema) },
  responses: { 200: jsonResponse(notifierSchema, 'The notifier as it is now.') },
  errors: ['ADDRESS_NOT_ALLOWED', 'NOTIFIER_EXISTS'],
});

const deleteNotifier = defineRoute({
  method: 'delete',
  path: '/notifiers/{notifier_id}',
  access: 'admin',
  summary: 'Delete a notifier and its deliveries',
  tags,
  request: { params },
  responses: { 204: { description: 'Deleted.' } },
});

const testNotifier = defineRoute({
  method: 'post',
  path: '/notifiers/{notifier_id}/test',
  access: 'admin',
  summary: 'Send a `notifier.test` event now, and say how it went',
  tags,
  request: { params },
  responses: { 200: jsonResponse(testResultSchema, 'How it went; a failed delivery is an answer too.') },
});

const listDeliveries = defineRoute({
  method: 'get',
  path: '/notifiers/{notifier_id}/deliveries',
  access: 'admin',
  summary: 'List the deliveries of a notifier, newest event first; `status=dead` are those that were given up',
  tags,
  request: { params, query: listDeliveriesQuery },
  responses: { 200: jsonResponse(pageOf(deliverySchema), 'A page of deliveries.') },
  errors: ['INVALID_CURSOR'],
});

const redeliver = defineRoute({
  method: 'post',
  path: '/notifiers/{notifier_id}/deliveries/{delivery_id}/redeliver',
  access: 'admin',
  summary: 'Send an event again, with the same id and all attempts anew',
  tags,
  request: { params: params.extend(idParameter('delivery_id').shape) },
  responses: { 200: jsonResponse(deliverySchema, 'The delivery, due now.') },
});

export const notifiersRoutes = createRouter<AppEnv>()
  .openapi(listNotifiers, async (context) =>
    context.json(await context.var.services.notifiers.list(context.req.valid('query')), 200),
  )
  .openapi(createNotifier, async (context) => {
    const { caller, services } = context.var;
    const body = await answerOnce(context, (idempotency) =>
      services.notifiers.create(context.req.valid('json'), caller, idempotency),
    );
    return context.json(body, 201);
  })
  .openapi(getNotifier, async (context) =>
    context.json(await context.var.services.notifiers.get(context.req.valid('param').notifier_id), 200),
  )
  .openapi(patchNotifier, async (context) => {
    const { notifier_id: notifierId } = context.req.valid('param');
    return context.json(await context.var.services.notifiers.change(notifierId, context.req.valid('json')), 200);
  })
  .openapi(deleteNotifier, async (context) => {
    await context.var.services.notifiers.remove(context.req.valid('param').notifier_id);
    return context.body(null, 204);
  })
  .openapi(testNotifier, async (context) =>
    context.json(await context.var.services.attempts.test(context.req.valid('param').notifier_id), 200),
  )
  .openapi(listDeliveries, async (context) => {
    const { notifier_id: notifierId } = context.req.valid('param');
    return context.json(await context.var.services.deliveries.list(notifierId, context.req.valid('query')), 200);
  })
  .openapi(redeliver, async (context) => {
    const { notifier_id: notifierId, delivery_id: eventId } = context.req.valid('param');
    return context.json(await context.var.services.deliveries.redeliver({ notifierId, eventId }), 200);
  });
