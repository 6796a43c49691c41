import { describe, expect, it } from 'vitest';
import { readRefusal } from '../../src/api-client/refusal.model.ts';
import { adviceFor } from '../../src/dashboard/api/refusal.model.ts';

describe('refusals of the API', () => {
  it('come with the next step, for our own faults with the request id', () => {
    expect(adviceFor(readRefusal(409, { error: { code: 'ALL_PROXIES_LEASED' } }, null))).toContain('Wait');
    expect(adviceFor(readRefusal(500, { error: { code: 'INTERNAL' } }, 'abc-1'))).toContain('abc-1');
    expect(adviceFor(readRefusal(418, {}, 'abc-1'))).toBe('');
  });
});
