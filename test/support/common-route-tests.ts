import { describe, expect, it } from 'vitest';
import type { Scope } from '../../src/accounts/actor.ts';
import { createAccount } from './factories.ts';
import { adminKey, call, errorCode } from './harness.ts';

interface RouteUnderTest {
  method: string;
  path: string;
  scope: Scope;
  /** A body that the route takes; its presence adds the tests of bad bodies. */
  validBody?: Record<string, unknown>;
  /** The gateway's faces ignore fields that they don't know (contract, "Status"). */
  ignoresUnknownFields?: boolean;
}

/** What holds for every route behind a key: no key, bad keys, a role that is too low, bodies that are none. */
export function commonRouteTests({
  method,
  path,
  scope,
  validBody,
  ignoresUnknownFields = false,
}: RouteUnderTest): void {
  describe(`${method} ${path}, as every route`, () => {
    const json = validBody;

    it('refuses a caller without a key, with a mistyped key and with an unknown key', async () => {
      const unknown = `${adminKey.slice(0, 10)}${adminKey.slice(10, 20).split('').reverse().join('')}${adminKey.slice(20)}`;
      for (const key of [undefined, 'pp_short', adminKey.replace('Tests', 'tests'), unknown, 'x'.repeat(10_000)]) {
        const reply = await call(method, path, { json, ...(key === undefined ? {} : { key }) });
        expect([reply.status, errorCode(reply)]).toEqual([401, 'UNAUTHORIZED']);
        expect(reply.headers.get('x-request-id')).toBeTruthy();
      }
    });

    if (scope !== 'read') {
      it('refuses a role that is too low', async () => {
        const { key } = await createAccount('viewer');
        const reply = await call(method, path, { key, json });
        expect([reply.status, errorCode(reply)]).toEqual([403, 'FORBIDDEN']);
      });
    }

    if (validBody) {
      it('refuses a body that is no JSON, no object, of another type, too large, or has unknown fields', async () => {
        const bad: [string, Record<string, string>, number, string][] = [
          ['{"a":', {}, 400, 'INVALID_JSON'],
          ['', {}, 400, 'INVALID_JSON'],
          ['[]', {}, 422, 'VALIDATION_ERROR'],
          ['null', {}, 422, 'VALIDATION_ERROR'],
          ['{}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
          [JSON.stringify({ ...validBody, padding: 'x'.repeat(1024 * 1024) }), {}, 413, 'PAYLOAD_TOO_LARGE'],
        ];
        if (!ignoresUnknownFields) {
          bad.push([JSON.stringify({ ...validBody, no_such_field: 1 }), {}, 422, 'VALIDATION_ERROR']);
        }
        for (const [text, headers, status, code] of bad) {
          const reply = await call(method, path, { key: adminKey, text, headers });
          expect([text.slice(0, 40), reply.status, errorCode(reply)]).toEqual([text.slice(0, 40), status, code]);
        }
      });
    }
  });
}
