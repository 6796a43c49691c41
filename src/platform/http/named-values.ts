import { z } from '@hono/zod-openapi';

/**
 * A record of names that callers choose. zod drops the name `__proto__` from records without a word, and its value unseen;
 * here it is an issue: what is sent is kept or refused, never lost.
 */
export function namedValues<Key extends z.ZodRecord['keyType'], Value extends z.ZodType>(
  record: z.ZodRecord<Key, Value>,
) {
  return z.preprocess((value, context) => {
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
      context.addIssue({ code: 'custom', path: ['__proto__'], message: 'is no name that is taken' });
    }
    return value;
  }, record);
}
