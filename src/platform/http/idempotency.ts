import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { sha256Hex } from '../bytes.ts';
import { appError } from '../errors/app-error.ts';

/** How long a first answer is kept (contract, "Idempotency"). */
export const IDEMPOTENT_ANSWER_KEPT_MS = 24 * 60 * 60 * 1000;
/** Room for a UUID, a hash, or a name with either. */
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;

export interface Idempotency {
  key: string;
  /** SHA-256 of method, path and body: the same key with another request is refused. */
  requestHash: string;
}

/** Reads `Idempotency-Key` of a request; null without one, 422 when it is not 1–255 visible ASCII characters. */
export async function readIdempotency(context: Context): Promise<Idempotency | null> {
  const key = context.req.header('idempotency-key');
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > MAX_IDEMPOTENCY_KEY_CHARACTERS) {
    throw appError('VALIDATION_ERROR', {
      details: { issues: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }] },
    });
  }
  const body = await context.req.text();
  return { key, requestHash: await sha256Hex(`${context.req.method} ${context.req.path}\n${body}`) };
}

/** Marks an answer that is the first one again. */
export const REPLAYED_HEADER = 'Idempotent-Replayed';

/**
 * Runs a verb that knows its `Idempotency-Key`, and gives the body of its answer; one that is an earlier answer again is
 * marked so in the response's headers. Throws as `readIdempotency` and the verb do.
 */
export async function answerOnce<Body>(
  context: Context,
  verb: (idempotency: Idempotency | null) => Promise<{ body: Body; replayed: boolean }>,
): Promise<Body> {
  const { body, replayed } = await verb(await readIdempotency(context));
  if (replayed) context.header(REPLAYED_HEADER, 'true');
  return body;
}

/** Documents the header; `readIdempotency` judges it. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .openapi({ description: 'Makes a retry safe: the same key and body give the first answer again, for 24 hours.' }),
});

export const IDEMPOTENCY_ERRORS = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_FLIGHT'] as const;
