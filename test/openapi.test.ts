import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ErrorCode } from '../src/platform/errors/error-codes.ts';
import { call } from './support/harness.ts';
import { refusal } from './support/refusals.ts';

type Json = Record<string, unknown>;
interface Media {
  schema?: Json;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Answer {
  description: string;
  content?: Record<string, Media>;
}
interface Operation {
  operationId?: string;
  summary?: string;
  requestBody?: Answer;
  responses: Record<string, Answer>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

const { body: document } = await call<Document>('GET', '/openapi.json');

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

/** A schema with what it refers to in its place. */
function resolved(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(resolved);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref: reference } = schema as Json;
  if (typeof reference === 'string') return resolved(document.components.schemas[reference.split('/').at(-1) ?? '']);
  return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, resolved(part)]));
}

function problemOf(schema: Json, value: unknown): string | null {
  const { success, error } = z
    .fromJSONSchema(resolved(schema) as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(value);
  return success ? null : z.prettifyError(error);
}

function examplesOf(media: Media): unknown[] {
  const named = Object.values(media.examples ?? {}).map(({ value }) => value);
  return media.example === undefined ? named : [media.example, ...named];
}

describe('the OpenAPI document', () => {
  it.each(operations)('has examples of $name that its own schemas take', ({ operation }) => {
    expect(operation.summary?.length).toBeGreaterThan(5);
    const parts = [
      ...(operation.requestBody ? [['request', operation.requestBody] as const] : []),
      ...Object.entries(operation.responses),
    ];
    for (const [name, { content, description }] of parts) {
      if (name !== 'request') expect(description.length).toBeGreaterThan(3);
      const media = content?.['application/json'];
      if (!media?.schema) continue;
      const examples = examplesOf(media);
      expect([name, examples.length > 0]).toEqual([name, true]);
      for (const example of examples) expect([name, problemOf(media.schema, example)]).toEqual([name, null]);
    }
  });

  it('shows every error that an operation names, as it is answered', () => {
    for (const { name, operation } of operations) {
      const [, path = ''] = name.split(' ');
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        const codes = [...description.matchAll(/`([A-Z_]+)`: /g)].map(([, code]) => code ?? '');
        if (codes.length === 0) continue;
        const shown = Object.entries(content?.['application/json']?.examples ?? {});
        expect(shown.map(([code]) => code)).toEqual(codes);
        for (const [code, { value }] of shown) {
          expect({ status: Number(status), body: value }).toMatchObject(refusal(path, code as ErrorCode));
        }
      }
    }
  });

  it('names every operation for generators of clients, each by a name of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId ?? '');
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['getProxiesByProxyId', 'postProxiesAcquireByLeaseIdRenew']));
  });

  it('documents the limits of a key wherever a key is asked for', () => {
    for (const { name, operation } of operations) {
      const isPublic = !('401' in operation.responses);
      if (!isPublic) expect([name, '429' in operation.responses]).toEqual([name, true]);
    }
  });
});
