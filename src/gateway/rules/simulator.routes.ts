import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { proxyParameters } from '../api-proxies/api-proxies.schemas.ts';
import { simulateSchema, simulationSchema } from './rules.schemas.ts';

const simulate = defineRoute({
  method: 'post',
  path: '/api/clients/{clientId}/proxies/{proxyId}/simulate',
  access: 'read',
  summary: 'Ask which gate would decide what on a request, and why; nothing is sent',
  tags: ['Gateway'],
  request: { params: proxyParameters, body: jsonBody(simulateSchema) },
  responses: { 200: jsonResponse(simulationSchema, 'What the four gates say.') },
});

export const simulatorRoutes = createRouter<AppEnv>().openapi(simulate, async (context) => {
  const { caller, services } = context.var;
  const { clientId, proxyId } = context.req.valid('param');
  const simulation = await services.simulator.simulate(clientId, proxyId, context.req.valid('json'), caller);
  return context.json({ simulation, message: 'Success' }, 200);
});
