import { expect, it } from 'vitest';
import { callersEncodings } from '../../../src/platform/http/callers-headers.ts';

function acceptedOf(header: string | null, clientAcceptEncoding?: string): string {
  const headers = new Headers();
  if (header !== null) headers.set('accept-encoding', header);
  const cf = clientAcceptEncoding === undefined ? {} : { cf: { clientAcceptEncoding } };
  return callersEncodings(new Request<unknown, CfProperties>('http://switchyard.test/', { headers, ...cf }));
}

it("a caller's own encodings are asked for, not those that the edge can undo", () => {
  expect(acceptedOf('br, gzip', 'gzip;q=0.5')).toBe('gzip;q=0.5');
  expect(acceptedOf('zstd')).toBe('zstd');
});

it('a caller that names none is sent none', () => {
  expect(acceptedOf('br, gzip', '')).toBe('identity');
  expect(acceptedOf(null)).toBe('identity');
});
