import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { telemetryParameters, telemetryQuery, telemetrySchema } from './telemetry.schemas.ts';

const getTelemetry = defineRoute({
  method: 'get',
  path: '/api/clients/{clientId}/proxies/{proxyId}/telemetry',
  access: 'read',
  summary: 'Get what the calls through a gateway proxy were like, by minute, hour, day or month',
  tags: ['Gateway'],
  request: { params: telemetryParameters, query: telemetryQuery },
  responses: { 200: jsonResponse(telemetrySchema, 'Oldest first.') },
});

export const telemetryRoutes = createRouter<AppEnv>().openapi(getTelemetry, async (context) => {
  const { caller, services } = context.var;
  const { clientId, proxyId } = context.req.valid('param');
  const query = context.req.valid('query');
  const telemetry = await services.telemetry.records(clientId, proxyId, query, caller);
  return context.json({ message: 'Success', interval: query.interval, telemetry }, 200);
});
