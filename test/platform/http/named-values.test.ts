import { expect, it } from 'vitest';
import { newProxySchema, proxyChangeSchema } from '../../../src/gateway/api-proxies/api-proxies.schemas.ts';
import { simulateSchema } from '../../../src/gateway/rules/rules.schemas.ts';
import { patchNotifierSchema } from '../../../src/notifiers/notifiers.schemas.ts';
import {
  createSourceSchema,
  patchSourceSchema,
  previewSourceSchema,
} from '../../../src/proxy-pool/sources/sources.schemas.ts';
import { newEventSchema } from '../../../src/sessions/events.schemas.ts';

it.each([
  ['a new source', createSourceSchema, 'headers'],
  ['a change of a source', patchSourceSchema, 'headers'],
  ['a preview', previewSourceSchema, 'headers'],
  ['a new gateway proxy', newProxySchema, 'proxyAdditionalHeaders'],
  ['a new gateway proxy', newProxySchema, 'proxyAdditionalQueryParams'],
  ['a new gateway proxy', newProxySchema, 'proxyAdditionalData'],
  ['a change of a gateway proxy', proxyChangeSchema, 'proxyAdditionalHeaders'],
  ['a change of a gateway proxy', proxyChangeSchema, 'proxyAdditionalQueryParams'],
  ['a change of a gateway proxy', proxyChangeSchema, 'proxyAdditionalData'],
  ['a simulated request', simulateSchema, 'headers'],
  ['a simulated request', simulateSchema, 'query'],
  ['a change of a notifier', patchNotifierSchema, 'settings'],
  ['an event of a session', newEventSchema, 'details'],
] as const)('%s is refused for the name __proto__ in it, which would be lost', (_what, schema, field) => {
  for (const value of ['"x"', '{"role":"admin"}', 'null']) {
    const parsed = schema.safeParse(JSON.parse(`{"${field}":{"a":"b","__proto__":${value}}}`));
    const paths = parsed.error?.issues.map(({ path }) => path.join('.'));
    expect(paths).toContain(`${field}.__proto__`);
  }
  const kept = schema.safeParse(JSON.parse(`{"${field}":{"constructor":"b"}}`));
  expect(kept.error?.issues.filter(({ path }) => path[0] === field) ?? []).toEqual([]);
});
