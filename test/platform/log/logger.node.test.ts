import { DrizzleQueryError } from 'drizzle-orm/errors';
import { expect, it } from 'vitest';
import { describeError } from '../../../src/platform/log/logger.ts';

it('says which query failed and why, never with what values', () => {
  const url = 'https://lists.example/proxies.txt?token=s3cret\n    at the end';
  const failure = new DrizzleQueryError('insert into "sources" values (?)', [url], new Error('D1_ERROR: overloaded'));
  const described = describeError(failure);
  expect(described).toMatchObject({
    error: 'Failed query: insert into "sources" values (?)',
    cause: 'D1_ERROR: overloaded',
  });
  expect(described.stack).toContain('logger.node.test');
  expect(JSON.stringify(described)).not.toMatch(/s3cret|lists\.example|at the end/);
});

it('says all that any other error says of itself', () => {
  expect(describeError(new TypeError('no such thing'))).toMatchObject({ error: 'no such thing', name: 'TypeError' });
  expect(describeError('thrown text')).toEqual({ error: 'thrown text' });
});
