import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { Env as HonoEnv } from 'hono';
import { appError } from '../errors/app-error.ts';
import { type ErrorCode, errorCodes } from '../errors/error-codes.ts';
import { isUuid } from '../ids.ts';

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: 'VALIDATION_ERROR' }),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  })
  .openapi('Error');

/** OpenAPI responses for error codes, from the table: two codes of one status share a response. */
export function errorResponses(codes: readonly ErrorCode[]): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, statusCodes]) => [
      status,
      {
        description: statusCodes.map((code) => `\`${code}\`: ${errorCodes[code].message}`).join(' '),
        content: { 'application/json': { schema: errorSchema } },
      },
    ]),
  );
}

/** A router whose validation failures are errors of the table. */
export function createRouter<E extends HonoEnv>(): OpenAPIHono<E> {
  return new OpenAPIHono<E>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === 'param') throw appError('NOT_FOUND', { message: 'There is nothing with this id.' });
      throw appError('VALIDATION_ERROR', {
        details: {
          issues: result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
        },
      });
    },
  });
}

/** A JSON body that must be there. */
export function jsonBody<T extends z.ZodType>(schema: T, options: { required?: boolean } = {}) {
  return { required: options.required ?? true, content: { 'application/json': { schema } } };
}

/** A JSON answer. */
export function jsonResponse<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** An id in a path; what is no UUID is simply not there (404). */
export function idParameter<Name extends string>(name: Name) {
  return z.object({ [name]: z.string().refine(isUuid).openapi({ format: 'uuid' }) } as Record<Name, z.ZodString>);
}

export const timestampSchema = z.iso.datetime().openapi({ example: '2026-01-15T10:30:00.000Z' });
