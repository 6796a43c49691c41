import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { statusSchema, successSchema } from '../processes/processes.schemas.ts';

const tags = ['Ops'];

const getStatus = defineRoute({
  method: 'get',
  path: '/api/v1/status',
  access: 'read',
  summary: 'Whether the supervisor runs, drains or has stopped',
  tags,
  responses: { 200: jsonResponse(statusSchema, 'The supervisor.') },
});

const shutDown = defineRoute({
  method: 'post',
  path: '/api/v1/shutdown',
  access: 'write',
  summary: 'Stop all processes; new leases and forwards get 503 while live ones finish',
  tags,
  responses: { 200: jsonResponse(successSchema, 'The shutdown has begun, or had before.') },
});

const resume = defineRoute({
  method: 'post',
  path: '/api/v1/resume',
  access: 'write',
  summary: 'End a shutdown: the processes run again, and new work is taken',
  tags,
  responses: { 200: jsonResponse(successSchema, 'All is back, or was never away.') },
});

export const shutdownRoutes = createRouter<AppEnv>()
  .openapi(getStatus, async (context) => context.json(await context.var.services.shutdown.status(), 200))
  .openapi(shutDown, async (context) => context.json(await context.var.services.shutdown.shutDown(), 200))
  .openapi(resume, async (context) => context.json(await context.var.services.shutdown.resume(), 200));
