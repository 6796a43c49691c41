import { createRoute, type RouteConfig } from '@hono/zod-openapi';
import { errorShapeOf } from '../faces.ts';
import type { ErrorCode } from '../platform/errors/error-codes.ts';
import type { ErrorShape } from '../platform/errors/error-shapes.ts';
import { limitBody } from '../platform/http/body-limit.middleware.ts';
import { errorResponses, operationIdOf } from '../platform/http/openapi.ts';
import type { Scope } from './actor.ts';
import { limitAddress, requireScope, requireSessionsKey } from './auth.middleware.ts';

/** What any route may answer; a route adds its own codes in `errors`. */
const COMMON_ERRORS = ['INTERNAL', 'UNAVAILABLE', 'MISCONFIGURED'] as const satisfies readonly ErrorCode[];
const KEYED_ERRORS = ['UNAUTHORIZED', 'FORBIDDEN', 'RATE_LIMITED'] as const satisfies readonly ErrorCode[];
const BODY_ERRORS = [
  'INVALID_JSON',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_ERROR',
] as const satisfies readonly ErrorCode[];

/** What a route behind a key asks before its handler: the sessions face has limits and refusals of its own. */
const guardsOf = {
  pool: (scope: Scope) => [requireScope(scope)],
  ops: (scope: Scope) => [requireScope(scope)],
  graphql: (scope: Scope) => [requireScope(scope)],
  sessions: () => [limitAddress, requireSessionsKey],
} as const satisfies Record<ErrorShape, (scope: Scope) => readonly unknown[]>;

type Path = { path: string };
type RouteDefinition = Omit<RouteConfig, 'path'> & Path & { access: 'public' | Scope; errors?: readonly ErrorCode[] };

/**
 * `createRoute` plus what every route of this product has: who may call it, and all errors it can answer,
 * taken from the error table.
 */
export function defineRoute<P extends string, R extends Omit<RouteDefinition, 'path'> & { path: P }>(definition: R) {
  const { access, errors = [], request, responses } = definition;
  const codes: ErrorCode[] = [...COMMON_ERRORS, ...errors];
  const shape = errorShapeOf(definition.path);
  if (access !== 'public') codes.push(...KEYED_ERRORS, ...(shape === 'sessions' ? ['INVALID_API_KEY' as const] : []));
  // A body may come to any of these, asked for or not.
  if (definition.method !== 'get') codes.push('PAYLOAD_TOO_LARGE');
  if (request?.body) codes.push(...BODY_ERRORS);
  if (request?.query || request?.headers) codes.push('VALIDATION_ERROR');
  if (request?.params) codes.push('NOT_FOUND');
  // To its handler a route is what was defined: errors are thrown, so their responses are no part of its type.
  const route = createRoute<P, R>(definition);
  Object.assign(route, {
    operationId: operationIdOf(definition.method, definition.path),
    security: access === 'public' ? [] : [{ apiKey: [] }],
    middleware: access === 'public' ? [limitBody] : [...guardsOf[shape](access), limitBody],
    responses: { ...errorResponses(codes, shape), ...responses },
  });
  for (const own of ['access', 'errors']) Reflect.deleteProperty(route, own);
  return route;
}
