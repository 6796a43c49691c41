import { z } from '@hono/zod-openapi';

/** Text that people read: no control characters, no lone surrogates, nothing that reorders what stands around it. */
export function readableText(maxCharacters: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxCharacters)
    .refine(
      (text) => text.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text),
      'has characters that cannot be shown',
    );
}
