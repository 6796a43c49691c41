import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';

const healthSchema = z
  .object({
    status: z.enum(['healthy', 'draining', 'unhealthy']),
    d1: z.string(),
    durable_objects: z.string(),
    queues: z.string(),
    version: z.string(),
  })
  .openapi('Health');

const getHealth = defineRoute({
  method: 'get',
  path: '/health',
  access: 'public',
  summary: 'Whether the parts that this service stands on answer',
  tags: ['System'],
  responses: {
    200: jsonResponse(healthSchema, 'All parts answer; `draining`: during a shutdown, and nothing new is begun.'),
    503: jsonResponse(healthSchema, 'A part does not answer; its field says which.'),
  },
});

export const healthRoutes = createRouter<AppEnv>().openapi(getHealth, async (context) => {
  const health = await context.var.services.health.check();
  return context.json(health, health.status === 'unhealthy' ? 503 : 200);
});
