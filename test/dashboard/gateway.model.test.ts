import { describe, expect, it } from 'vitest';
import { describeRule, emptyRule, ruleBody } from '../../src/dashboard/views/gateway/rule.model.ts';
import { curlCredential, emptySecret, secretOf } from '../../src/dashboard/views/gateway/secret.model.ts';

describe('parts of the gateway', () => {
  it('have secrets in the shape of their kind', () => {
    const fields = { name: 'x-key', value: 'v', place: 'header' } as const;
    expect(secretOf('key', fields)).toEqual({ key: 'x-key', value: 'v', addToHeader: true });
    expect(secretOf('key', { ...fields, place: 'query' })).toEqual({ key: 'x-key', value: 'v', addToQuery: true });
    expect(secretOf('bearer', fields)).toEqual({ token: 'v' });
    expect(secretOf('basic', fields)).toEqual({ username: 'x-key', password: 'v' });
    expect(secretOf('none', emptySecret)).toEqual({});
  });

  it('are called by a command that names no secret', () => {
    expect(['key', 'bearer', 'jwt', 'basicAuth'].map(curlCredential)).toEqual([
      "-H 'HEADER: KEY'",
      "-H 'Authorization: Bearer TOKEN'",
      "-H 'Authorization: Bearer TOKEN'",
      "-u 'USER:PASSWORD'",
    ]);
  });

  it('have rules that are read as they were meant', () => {
    expect(ruleBody({ ...emptyRule, methods: 'get, post', path: '^/v1/' })).toEqual({
      effect: 'deny',
      methods: ['GET', 'POST'],
      path: { pattern: '^/v1/', presence: 'present' },
      notes: '',
    });
    const checks = {
      headerChecks: [{ name: 'x-a', presence: 'absent' }],
      queryChecks: [{ name: 'q', value: '^1', presence: 'present' }],
    };
    expect(describeRule({ methods: [], path: null, ...checks })).toBe(
      'any method, without header x-a, with query q ~ ^1',
    );
    expect(
      describeRule({
        methods: ['GET'],
        path: { pattern: '/a', presence: 'absent' },
        headerChecks: [],
        queryChecks: [],
      }),
    ).toBe('GET, path not matching /a');
  });
});
