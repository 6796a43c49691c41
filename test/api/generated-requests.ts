import fc from 'fast-check';
import type { Operation, Parameter } from './document.ts';
import {
  hostileBodies,
  hostileCursors,
  hostileFieldNames,
  hostileHeaderValues,
  hostilePathParts,
  hostileTexts,
  hostileValues,
  otherContentTypes,
} from './hostile-values.ts';
import type { SchemaJudge } from './reply-schemas.ts';
import { type Generator, mergedSchema, valueArbitrary } from './schema-arbitraries.ts';

/** Who calls; `mistyped` has a key of the right form that is nobody's. */
export type GeneratedCaller = 'admin' | 'viewer' | 'nobody' | 'mistyped';

/** An id in a path: of something that exists, by its place among the newest, or a text as it stands in the URL. */
export type GeneratedId = { existing: number } | { text: string };

/**
 * What a request must come to: an answer that does not call it invalid, any documented answer, or a refusal
 * (of this status or code; null: whichever).
 */
export type Expectation = 'accepted' | 'documented' | { refusedWith: number | string | null };

export interface GeneratedRequest {
  caller: GeneratedCaller;
  ids: Record<string, GeneratedId>;
  /** Not yet encoded. */
  query: [name: string, value: string][];
  headers: Record<string, string>;
  /** As sent; null for no body. */
  body: string | null;
  /** White space sent before the body. */
  paddingBytes: number;
  expected: Expectation;
}

/** More than a body may have. */
const TOO_MANY_BYTES = 1024 * 1024 + 1;
const JSON_TYPE = { 'content-type': 'application/json' };

type Change = (request: GeneratedRequest) => fc.Arbitrary<GeneratedRequest>;

function parametersIn(operation: Operation, place: Parameter['in']): Parameter[] {
  return operation.parameters.filter((parameter) => parameter.in === place);
}

/** A request as the document describes it. */
function documentedRequest(general: Generator, operation: Operation): fc.Arbitrary<GeneratedRequest> {
  const generator = { ...general, hints: { ...general.hints, ...general.operationHints?.[operation.name] } };
  const { bodySchema } = operation;
  const queryParameters = parametersIn(operation, 'query');
  const queryFields = queryParameters.map(({ name, schema }) => {
    return [name, generator.hints[name] ?? valueArbitrary(generator, schema)];
  });
  const requiredKeys = queryParameters.filter(({ required }) => required).map(({ name }) => name);
  const idFields = parametersIn(operation, 'path').map(({ name }) => [name, fc.record({ existing: fc.nat(9) })]);
  const takesKey = parametersIn(operation, 'header').some(({ name }) => name === 'idempotency-key');
  return fc
    .record({
      ids: fc.record<Record<string, GeneratedId>>(Object.fromEntries(idFields)),
      query: fc.record<Record<string, unknown>>(Object.fromEntries(queryFields), { requiredKeys }),
      key: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { freq: 3 }),
      body: bodySchema
        ? valueArbitrary(generator, bodySchema).map((value) => JSON.stringify(value))
        : fc.constant(null),
    })
    .map(({ ids, query, key, body }) => ({
      caller: 'admin',
      ids,
      query: Object.entries(query)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, String(value)]),
      headers: { ...(body === null ? {} : JSON_TYPE), ...(takesKey && key !== null ? { 'idempotency-key': key } : {}) },
      body,
      paddingBytes: 0,
      expected: 'accepted',
    }));
}

/** A body with one more field at its beginning: what follows wins over it. */
function withFieldFirst(body: string | null, name: string, value: unknown): string {
  const rest = (body ?? '{}').slice(1);
  return `{${JSON.stringify(name)}:${JSON.stringify(value)}${rest === '}' ? '' : ','}${rest}`;
}

function asObject(body: string | null): Record<string, unknown> {
  const value: unknown = JSON.parse(body ?? 'null');
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What can be wrong with a body. */
function bodyChanges(generator: Generator, judge: SchemaJudge, operation: Operation): Change[] {
  const { bodySchema } = operation;
  if (!bodySchema) return [];
  const names = Object.keys(mergedSchema(generator.document, bodySchema).properties ?? {});
  const field = fc.constantFrom(...names, 'field');
  const withBody = (request: GeneratedRequest, body: string): GeneratedRequest => {
    const isDocumented = judge.acceptsBody(operation, JSON.parse(body));
    return { ...request, body, expected: isDocumented ? 'documented' : { refusedWith: 'VALIDATION_ERROR' } };
  };
  return [
    (request) =>
      fc
        .tuple(field, fc.constantFrom(...hostileValues))
        .map(([name, value]) => withBody(request, JSON.stringify({ ...asObject(request.body), [name]: value }))),
    (request) =>
      field.map((name) => {
        const { [name]: _left, ...rest } = asObject(request.body);
        return withBody(request, JSON.stringify(rest));
      }),
    (request) =>
      fc.constantFrom(...hostileFieldNames).map((name) => withBody(request, withFieldFirst(request.body, name, 1))),
    (request) => field.map((name) => withBody(request, withFieldFirst(request.body, name, []))),
    (request) =>
      fc.constantFrom(...hostileBodies).map(({ text, code }) => ({
        ...request,
        body: text,
        expected: { refusedWith: code },
      })),
    (request) =>
      fc.constantFrom(...otherContentTypes).map((type) => ({
        ...request,
        headers: { ...request.headers, 'content-type': type },
        expected: { refusedWith: 'UNSUPPORTED_MEDIA_TYPE' },
      })),
  ];
}

/** What can be wrong with a path and a query. */
function urlChanges(operation: Operation): Change[] {
  const changes: Change[] = [];
  const ids = parametersIn(operation, 'path');
  if (ids.length > 0) {
    changes.push((request) =>
      fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...hostilePathParts)).map(([{ name }, text]) => ({
        ...request,
        ids: { ...request.ids, [name]: { text } },
        expected: { refusedWith: 404 },
      })),
    );
  }
  for (const { name, schema } of parametersIn(operation, 'query')) {
    const isText = schema.type === 'string' && !schema.enum;
    const texts = fc.constantFrom(...(name === 'cursor' ? hostileCursors : hostileTexts));
    const mustRefuse = name === 'cursor' || (!isText && schema.type !== 'boolean');
    changes.push((request) =>
      texts.map((text) => ({
        ...request,
        query: [...request.query.filter(([other]) => other !== name), [name, text]],
        expected: mustRefuse ? { refusedWith: null } : 'documented',
      })),
    );
    changes.push((request) =>
      fc.constant({ ...request, query: [...request.query, [name, 'a'], [name, 'b']], expected: 'documented' }),
    );
  }
  return changes;
}

/** What can be wrong with who calls, with headers, and with the size. */
function otherChanges(operation: Operation): Change[] {
  const changes: Change[] = [
    (request) =>
      fc.constantFrom('nobody', 'mistyped').map((caller) => ({
        ...request,
        caller,
        expected: operation.isPublic ? request.expected : { refusedWith: 'UNAUTHORIZED' },
      })),
    (request) => fc.constant({ ...request, caller: 'viewer', expected: 'documented' }),
    (request) =>
      fc
        .tuple(fc.constantFrom('idempotency-key', 'x-request-id', 'accept'), fc.constantFrom(...hostileHeaderValues))
        .map(([name, value]) => ({
          ...request,
          headers: { ...request.headers, [name]: value },
          expected: 'documented',
        })),
  ];
  if (operation.method === 'GET') return changes;
  changes.push((request) =>
    fc.constant({
      ...request,
      headers: { ...request.headers, ...JSON_TYPE },
      body: request.body ?? '{}',
      paddingBytes: TOO_MANY_BYTES,
      expected: { refusedWith: 'PAYLOAD_TOO_LARGE' },
    }),
  );
  if (operation.bodySchema) return changes;
  // A body that nobody asked for is not looked at.
  return [
    ...changes,
    (request) => fc.constantFrom(...hostileBodies).map(({ text }) => ({ ...request, headers: JSON_TYPE, body: text })),
  ];
}

/** Requests of one operation: as documented one time in three, else with one thing wrong. */
export function requestArbitrary(
  generator: Generator,
  judge: SchemaJudge,
  operation: Operation,
): fc.Arbitrary<GeneratedRequest> {
  const documented = documentedRequest(generator, operation);
  const unchanged: Change = (request) => fc.constant(request);
  const changes = [...bodyChanges(generator, judge, operation), ...urlChanges(operation), ...otherChanges(operation)];
  const weights = [
    { arbitrary: fc.constant(unchanged), weight: changes.length },
    { arbitrary: fc.constantFrom(...changes), weight: 2 * changes.length },
  ];
  return fc.tuple(documented, fc.oneof(...weights)).chain(([request, change]) => change(request));
}
