import { expect } from 'vitest';
import { errorShapeOf } from '../../src/faces.ts';
import type { ErrorCode } from '../../src/platform/errors/error-codes.ts';
import { type ErrorShape, statusOfCode } from '../../src/platform/errors/error-shapes.ts';

const bodyOf: Record<ErrorShape, (code: ErrorCode) => object> = {
  pool: (code) => ({ error: { code } }),
  ops: (code) => ({ code }),
  graphql: (code) => ({ errors: [{ extensions: { code } }] }),
  sessions: (code) => (code === 'RATE_LIMITED' ? { error: expect.any(String) } : { detail: expect.any(String) }),
};

/** What a reply from a path looks like that refuses with a code, as its face has it: for `toMatchObject`. */
export function refusal(path: string, code: ErrorCode): { status: number; body: object } {
  const shape = errorShapeOf(path);
  return { status: statusOfCode(code, shape), body: bodyOf[shape](code) };
}
