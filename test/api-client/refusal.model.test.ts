import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRefusal } from '../../src/api-client/refusal.model.ts';

describe('refusals of the API', () => {
  it('are read in the shape of each face', () => {
    const pool = {
      error: { code: 'VALIDATION_ERROR', message: 'Bad.', details: { issues: [{ path: 'a', message: 'b' }] } },
    };
    expect(readRefusal(422, pool, 'r1')).toEqual({
      status: 422,
      code: 'VALIDATION_ERROR',
      message: 'Bad.',
      issues: [{ path: 'a', message: 'b' }],
      requestId: 'r1',
    });
    expect(readRefusal(403, { detail: 'Invalid API key' }, null)).toMatchObject({ message: 'Invalid API key' });
    expect(readRefusal(429, { error: 'Rate limit exceeded' }, null)).toMatchObject({ message: 'Rate limit exceeded' });
    expect(readRefusal(404, { error: 'Unknown process', code: 'PROCESS_NOT_FOUND' }, null)).toMatchObject({
      code: 'PROCESS_NOT_FOUND',
      message: 'Unknown process',
    });
  });

  it('have a message whatever the body is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const { message, issues } = readRefusal(502, body, null);
        expect(typeof message).toBe('string');
        expect(Array.isArray(issues)).toBe(true);
      }),
    );
    expect(readRefusal(502, null, null)).toMatchObject({ code: 'HTTP_502', message: expect.stringContaining('502') });
  });
});
