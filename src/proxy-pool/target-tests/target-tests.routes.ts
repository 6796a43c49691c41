import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { proxyTestsSchema, testProxiesSchema } from './target-tests.schemas.ts';

const testProxies = defineRoute({
  method: 'post',
  path: '/proxies/test',
  access: 'read',
  summary: 'Ask a URL through the best proxies that you could lease; costs nothing, leases nothing',
  tags: ['Proxies'],
  request: { body: jsonBody(testProxiesSchema) },
  responses: { 200: jsonResponse(proxyTestsSchema, 'What each proxy got, the best proxy first.') },
  errors: ['ADDRESS_NOT_ALLOWED', 'NO_MATCHING_PROXY', 'ALL_PROXIES_LEASED', 'RATE_LIMITED'],
});

export const targetTestsRoutes = createRouter<AppEnv>().openapi(testProxies, async (context) => {
  const { caller, services } = context.var;
  return context.json(await services.targetTests.run(caller, context.req.valid('json')), 200);
});
