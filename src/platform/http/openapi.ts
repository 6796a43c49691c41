import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { Env as HonoEnv } from 'hono';
import { appError } from '../errors/app-error.ts';
import { type ErrorCode, errorCodes } from '../errors/error-codes.ts';
import { type ErrorShape, errorSchemaOf, errorShapes, statusOfCode } from '../errors/error-shapes.ts';
import { isUuid } from '../ids.ts';

/** Issues of one refusal that are shown: nobody mends more at once, and an answer is no echo of what was sent. */
const MAX_SHOWN_ISSUES = 50;
/** Room for a path of fields and what is wrong with it. */
const MAX_ISSUE_CHARACTERS = 300;

const issues = [{ path: 'limit', message: 'Too big: expected number to be <=200' }];

/** What some codes tell besides their text. */
const detailExamples: Partial<Record<ErrorCode, Readonly<Record<string, unknown>>>> = {
  VALIDATION_ERROR: { issues },
  RATE_LIMITED: { retry_after_seconds: 12 },
  ALL_PROXIES_LEASED: { retry_after_seconds: 40 },
  SOURCE_FETCH_FAILED: { status: 503 },
};

function errorExamples(codes: readonly ErrorCode[], shape: ErrorShape) {
  return Object.fromEntries(
    codes.map((code) => {
      const error = { code, message: errorCodes[code].message, details: detailExamples[code] ?? {} };
      return [code, { value: errorShapes[shape].render(error) }];
    }),
  );
}

/** OpenAPI responses for error codes, from the table, as a face shows them: two codes of one status share a response. */
export function errorResponses(codes: readonly ErrorCode[], shape: ErrorShape): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const status = statusOfCode(code, shape);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, statusCodes]) => [
      status,
      {
        description: statusCodes.map((code) => `\`${code}\`: ${errorCodes[code].message}`).join(' '),
        content: {
          'application/json': {
            schema: errorSchemaOf(Number(status), shape),
            examples: errorExamples(statusCodes, shape),
          },
        },
      },
    ]),
  );
}

/** Names of fields come from the caller, and may be as long as a body. */
function shorten(text: string): string {
  return text.length <= MAX_ISSUE_CHARACTERS ? text : `${text.slice(0, MAX_ISSUE_CHARACTERS)}…`.toWellFormed();
}

/** A query has a list where a parameter is given more than once. None of ours takes one: "expected string" helps nobody. */
function messageOf({ message, path }: z.core.$ZodIssue, { data, target }: { data?: unknown; target: string }): string {
  const given: unknown = target === 'query' ? Object(data)[path[0] ?? ''] : undefined;
  return Array.isArray(given) ? `is given ${given.length} times, but takes one value` : message;
}

/**
 * A router whose validation failures are errors of the table. What a path has for a parameter that can't be one is not
 * there for this route: `notFound` says whether other methods are.
 */
export function createRouter<E extends HonoEnv>(): OpenAPIHono<E> {
  return new OpenAPIHono<E>({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      if (result.target === 'param') return context.notFound();
      const issues = result.error.issues.slice(0, MAX_SHOWN_ISSUES).map((issue) => ({
        path: shorten(issue.path.join('.')),
        message: shorten(messageOf(issue, result)),
      }));
      throw appError('VALIDATION_ERROR', { details: { issues } });
    },
  });
}

/**
 * The name of an operation for generators of clients, made of what it is: `GET /proxies/{proxy_id}` is
 * `getProxiesByProxyId`. Two operations have the same only if they have the same path but for its punctuation.
 */
export function operationIdOf(method: string, path: string): string {
  const words = path.replaceAll('{', 'by-').split(/[^A-Za-z0-9]+/);
  const capitalized = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${method.toLowerCase()}${capitalized.join('')}`;
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

/** Digits, and no other spelling that `Number` would take: an empty text, white space, `0x10` and `1e1` are refused. */
function digitsParameter(type: 'integer' | 'number', pattern: RegExp, minimum: number, maximum: number) {
  return z
    .string()
    .regex(pattern, type === 'integer' ? 'must be a whole number' : 'must be a number')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
    .openapi({ param: { schema: { type, minimum, maximum } } });
}

/** A number in a query. */
export function numberParameter(minimum: number, maximum: number) {
  return digitsParameter('number', /^\d{1,12}(\.\d{1,12})?$/, minimum, maximum);
}

/** A whole number in a query. */
export function integerParameter(minimum: number, maximum: number) {
  return digitsParameter('integer', /^\d{1,12}$/, minimum, maximum);
}

export const timestampSchema = z.iso.datetime().openapi({ example: '2026-01-15T10:30:00.000Z' });
