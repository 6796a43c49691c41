import { z } from '@hono/zod-openapi';
import { defineRoute } from '../../accounts/route.ts';
import type { AppEnv } from '../../app-env.ts';
import type { ErrorCode } from '../../platform/errors/error-codes.ts';
import { createRouter, jsonResponse } from '../../platform/http/openapi.ts';
import { processDetailSchema, processListSchema, successSchema } from './processes.schemas.ts';
import type { ProcessCommand } from './supervisor.types.ts';

/** Room for any name; which ones there are is the supervisor's to say. */
const params = z.object({ name: z.string().min(1).max(100).openapi({ example: 'validator' }) });
const tags = ['Ops'];

const listProcesses = defineRoute({
  method: 'get',
  path: '/api/v1/processes',
  access: 'read',
  summary: 'The background processes',
  tags,
  responses: { 200: jsonResponse(processListSchema, 'All of them.') },
});

const getProcess = defineRoute({
  method: 'get',
  path: '/api/v1/processes/{name}',
  access: 'read',
  summary: 'One background process: health, what runs it, its settings',
  tags,
  request: { params },
  responses: { 200: jsonResponse(processDetailSchema, 'The process; secrets are redacted.') },
  errors: ['PROCESS_NOT_FOUND'],
});

function commandRoute<Path extends string>(path: Path, summary: string, errors: readonly ErrorCode[]) {
  return defineRoute({
    method: 'post',
    path,
    access: 'write',
    summary,
    tags,
    request: { params },
    responses: { 200: jsonResponse(successSchema, 'Done.') },
    errors: ['PROCESS_NOT_FOUND', ...errors],
  });
}

const startProcess = commandRoute('/api/v1/processes/{name}/start', 'Start a process that does not run', [
  'PROCESS_ALREADY_RUNNING',
  'SHUTDOWN_IN_PROGRESS',
]);
const stopProcess = commandRoute('/api/v1/processes/{name}/stop', 'Stop a process; what is due stays due', [
  'PROCESS_NOT_RUNNING',
]);
const restartProcess = commandRoute('/api/v1/processes/{name}/restart', 'Restart a process, or start it', [
  'SHUTDOWN_IN_PROGRESS',
]);

const run = (what: ProcessCommand, services: AppEnv['Variables']['services'], name: string) =>
  services.processControl.command(name, what);

export const processesRoutes = createRouter<AppEnv>()
  .openapi(listProcesses, async (context) => context.json(await context.var.services.processControl.list(), 200))
  .openapi(getProcess, async (context) =>
    context.json(await context.var.services.processControl.get(context.req.valid('param').name), 200),
  )
  .openapi(startProcess, async (context) =>
    context.json(await run('start', context.var.services, context.req.valid('param').name), 200),
  )
  .openapi(stopProcess, async (context) =>
    context.json(await run('stop', context.var.services, context.req.valid('param').name), 200),
  )
  .openapi(restartProcess, async (context) =>
    context.json(await run('restart', context.var.services, context.req.valid('param').name), 200),
  );
