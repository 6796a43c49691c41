import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter } from '../../platform/http/openapi.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const getMetrics = defineRoute({
  method: 'get',
  path: '/metrics',
  access: 'read',
  summary: 'The figures of all routing targets, in the text format of Prometheus',
  tags: ['Routing'],
  responses: { 200: { description: 'One sample a line.', content: { 'text/plain': { schema: z.string() } } } },
});

export const metricsRoutes = createRouter<AppEnv>().openapi(getMetrics, async (context) => {
  const text = await context.var.services.routingMetrics.prometheus();
  return context.text(text, 200, { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' });
});
