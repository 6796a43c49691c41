import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import {
  acquiredSchema,
  acquireSchema,
  leaseListSchema,
  leaseParameter,
  releasedSchema,
  renewSchema,
  reportedSchema,
  reportSchema,
} from './leases.schemas.ts';

const acquireProxy = defineRoute({
  method: 'post',
  path: '/proxies/acquire',
  access: 'read',
  summary: 'Lease the best matching proxy, exclusively, for one credit',
  tags: ['Leases'],
  request: { headers: idempotencyHeaders, body: jsonBody(acquireSchema) },
  responses: { 200: jsonResponse(acquiredSchema, 'The lease.') },
  errors: [
    'INSUFFICIENT_CREDITS',
    'NO_MATCHING_PROXY',
    'ALL_PROXIES_LEASED',
    'TOO_MANY_LEASES',
    'QUEUE_FULL',
    'SHUTDOWN_IN_PROGRESS',
    ...IDEMPOTENCY_ERRORS,
  ],
});

const releaseProxy = defineRoute({
  method: 'post',
  path: '/proxies/acquire/{lease_id}/release',
  access: 'read',
  summary: 'End a lease early; asked again, the same answer',
  tags: ['Leases'],
  request: { params: leaseParameter },
  responses: { 200: jsonResponse(releasedSchema, 'The lease has ended.') },
  errors: ['LEASE_NOT_FOUND', 'LEASE_NOT_ACTIVE', 'LEASE_EXPIRED'],
});

const renewLease = defineRoute({
  method: 'post',
  path: '/proxies/acquire/{lease_id}/renew',
  access: 'read',
  summary: 'Have a lease end later, for one credit: at now + duration, never earlier than it would',
  tags: ['Leases'],
  request: { params: leaseParameter, headers: idempotencyHeaders, body: jsonBody(renewSchema) },
  responses: { 200: jsonResponse(acquiredSchema, 'The lease with its new end.') },
  errors: ['INSUFFICIENT_CREDITS', 'LEASE_NOT_FOUND', 'LEASE_NOT_ACTIVE', 'LEASE_EXPIRED', ...IDEMPOTENCY_ERRORS],
});

const reportLease = defineRoute({
  method: 'post',
  path: '/proxies/acquire/{lease_id}/report',
  access: 'read',
  summary: 'Tell how a leased proxy does; one that is dead on arrival is checked, taken back and refunded',
  description:
    'A proxy reported as `dead` is checked again before this answers, which takes up to half a minute. If it was reported within 60 seconds of its lease and fails twice, the lease ends and its credit comes back, once; a later request about that lease is refused. An account has 50 refunds in 24 hours, and 10 such reports a minute.',
  tags: ['Leases'],
  request: { params: leaseParameter, headers: idempotencyHeaders, body: jsonBody(reportSchema) },
  responses: { 200: jsonResponse(reportedSchema, 'What came of it; asked again, the same.') },
  errors: ['LEASE_NOT_FOUND', 'LEASE_NOT_ACTIVE', 'LEASE_EXPIRED', ...IDEMPOTENCY_ERRORS],
});

const listLeases = defineRoute({
  method: 'get',
  path: '/account/leases',
  access: 'read',
  summary: 'List your live leases',
  tags: ['Leases'],
  responses: { 200: jsonResponse(leaseListSchema, 'All live leases, oldest first.') },
});

export const leasesRoutes = createRouter<AppEnv>()
  .openapi(acquireProxy, async (context) => {
    const { caller, services } = context.var;
    const { signal } = context.req.raw;
    const body = await answerOnce(context, (idempotency) =>
      services.leases.acquire(caller, context.req.valid('json'), idempotency, signal),
    );
    return context.json(body, 200);
  })
  .openapi(releaseProxy, async (context) => {
    const { lease_id: leaseId } = context.req.valid('param');
    return context.json(await context.var.services.leases.release(context.var.caller, leaseId), 200);
  })
  .openapi(renewLease, async (context) => {
    const { caller, services } = context.var;
    const { lease_id: leaseId } = context.req.valid('param');
    const body = await answerOnce(context, (idempotency) =>
      services.leases.renew(caller, leaseId, context.req.valid('json'), idempotency),
    );
    return context.json(body, 200);
  })
  .openapi(reportLease, async (context) => {
    const { caller, services } = context.var;
    const { lease_id: leaseId } = context.req.valid('param');
    const body = await answerOnce(context, (idempotency) =>
      services.leaseReports.report(caller, leaseId, context.req.valid('json'), idempotency),
    );
    return context.json(body, 200);
  })
  .openapi(listLeases, async (context) =>
    context.json(await context.var.services.leases.list(context.var.caller), 200),
  );
