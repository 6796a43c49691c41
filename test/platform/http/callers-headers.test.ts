import { expect, it } from 'vitest';
import { callersHeaders } from '../../../src/platform/http/callers-headers.ts';

function acceptedOf(header: string | null, clientAcceptEncoding?: string): string | null {
  const headers = new Headers({ 'x-other': 'kept' });
  if (header !== null) headers.set('accept-encoding', header);
  const cf = clientAcceptEncoding === undefined ? {} : { cf: { clientAcceptEncoding } };
  const callers = callersHeaders(new Request<unknown, CfProperties>('http://switchyard.test/', { headers, ...cf }));
  expect(callers.get('x-other')).toBe('kept');
  return callers.get('accept-encoding');
}

it("a caller's own encodings are asked for, not those that the edge can undo", () => {
  expect(acceptedOf('br, gzip', 'gzip;q=0.5')).toBe('gzip;q=0.5');
  expect(acceptedOf('zstd')).toBe('zstd');
});

it('a caller that names none is sent none', () => {
  expect(acceptedOf('br, gzip', '')).toBe('identity');
  expect(acceptedOf(null)).toBe('identity');
});
