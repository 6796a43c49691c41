import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { answerOnce, IDEMPOTENCY_ERRORS, idempotencyHeaders } from '../../platform/http/idempotency.ts';
import { createRouter, idParameter, jsonBody, jsonResponse } from '../../platform/http/openapi.ts';
import { pageOf } from '../../platform/http/pagination.ts';
import {
  createSourceSchema,
  listSourcesQuery,
  patchSourceSchema,
  previewSchema,
  previewSourceSchema,
  scrapeResultSchema,
  sourceSchema,
} from './sources.schemas.ts';

const params = idParameter('source_id');
const tags = ['Sources'];

const FETCH_ERRORS = [
  'ADDRESS_NOT_ALLOWED',
  'SOURCE_FETCH_FAILED',
  'SOURCE_TIMEOUT',
  'SOURCE_TOO_LARGE',
  'SOURCE_PARSE_FAILED',
] as const;

const listSources = defineRoute({
  method: 'get',
  path: '/sources',
  access: 'read',
  summary: 'List proxy sources, newest first',
  tags,
  request: { query: listSourcesQuery },
  responses: { 200: jsonResponse(pageOf(sourceSchema), 'A page of sources.') },
  errors: ['INVALID_CURSOR'],
});

const getSource = defineRoute({
  method: 'get',
  path: '/sources/{source_id}',
  access: 'read',
  summary: 'Get a source',
  tags,
  request: { params },
  responses: { 200: jsonResponse(sourceSchema, 'The source.') },
});

const createSource = defineRoute({
  method: 'post',
  path: '/sources',
  access: 'write',
  summary: 'Add a source; it is scraped within a minute and then by its schedule',
  tags,
  request: { headers: idempotencyHeaders, body: jsonBody(createSourceSchema) },
  responses: { 201: jsonResponse(sourceSchema, 'The source.') },
  errors: [
    'ADDRESS_NOT_ALLOWED',
    'NO_PARSER',
    'UNKNOWN_PARSER',
    'SOURCE_EXISTS',
    'TOO_MANY_POOLS',
    ...IDEMPOTENCY_ERRORS,
  ],
});

const patchSource = defineRoute({
  method: 'patch',
  path: '/sources/{source_id}',
  access: 'write',
  summary: 'Change a source; what is left out stays',
  description: 'A URL of another origin drops the stored request headers, unless the change names new ones.',
  tags,
  request: { params, body: jsonBody(patchSourceSchema) },
  responses: { 200: jsonResponse(sourceSchema, 'The source as it is now.') },
  errors: ['ADDRESS_NOT_ALLOWED', 'UNKNOWN_PARSER', 'SOURCE_EXISTS', 'TOO_MANY_POOLS'],
});

const deleteSource = defineRoute({
  method: 'delete',
  path: '/sources/{source_id}',
  access: 'write',
  summary: 'Delete a source; its proxies stay',
  tags,
  request: { params },
  responses: { 204: { description: 'Deleted.' } },
});

const scrapeSource = defineRoute({
  method: 'post',
  path: '/sources/{source_id}/scrape',
  access: 'write',
  summary: 'Scrape a source now',
  description: 'One scrape of a source runs at a time; who asks meanwhile gets 409.',
  tags,
  request: { params },
  responses: { 200: jsonResponse(scrapeResultSchema, 'What the list held.') },
  errors: ['SCRAPE_IN_PROGRESS', ...FETCH_ERRORS],
});

const previewSource = defineRoute({
  method: 'post',
  path: '/sources/preview',
  access: 'write',
  summary: 'Fetch and parse a list without storing anything',
  tags,
  request: { body: jsonBody(previewSourceSchema) },
  responses: { 200: jsonResponse(previewSchema, 'What a scrape would find; the first 50 entries.') },
  errors: ['NO_PARSER', 'UNKNOWN_PARSER', ...FETCH_ERRORS],
});

export const sourcesRoutes = createRouter<AppEnv>()
  .openapi(listSources, async (context) => {
    const { caller, services } = context.var;
    return context.json(await services.sources.list(context.req.valid('query'), caller), 200);
  })
  .openapi(createSource, async (context) => {
    const { caller, services } = context.var;
    const body = await answerOnce(context, (idempotency) =>
      services.sources.create(context.req.valid('json'), caller, idempotency),
    );
    return context.json(body, 201);
  })
  .openapi(previewSource, async (context) =>
    context.json(await context.var.services.scrapes.preview(context.req.valid('json')), 200),
  )
  .openapi(getSource, async (context) => {
    const { caller, services } = context.var;
    return context.json(await services.sources.get(context.req.valid('param').source_id, caller), 200);
  })
  .openapi(patchSource, async (context) => {
    const { caller, services } = context.var;
    const { source_id: sourceId } = context.req.valid('param');
    return context.json(await services.sources.change(sourceId, context.req.valid('json'), caller), 200);
  })
  .openapi(deleteSource, async (context) => {
    await context.var.services.sources.remove(context.req.valid('param').source_id);
    return context.body(null, 204);
  })
  .openapi(scrapeSource, async (context) =>
    context.json(await context.var.services.scrapes.scrapeNow(context.req.valid('param').source_id), 200),
  );
