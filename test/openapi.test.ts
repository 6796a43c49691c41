import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../src/platform/errors/error-codes.ts';
import { type ApiDocument, type DocumentedMedia, problemOf } from './support/documented-replies.ts';
import { call } from './support/harness.ts';
import { refusal } from './support/refusals.ts';

const { body: document } = await call<ApiDocument>('GET', '/openapi.json');

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

function examplesOf(media: DocumentedMedia): unknown[] {
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
      for (const example of examples) expect([name, problemOf(document, media.schema, example)]).toEqual([name, null]);
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
