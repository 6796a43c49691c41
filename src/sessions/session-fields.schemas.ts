import { z } from '@hono/zod-openapi';
import { integerParameter } from '../platform/http/openapi.ts';
import { MAX_NAME_CHARACTERS } from './limits.ts';

/** Further back than anybody turns pages; a filter or an export gets there. */
const MAX_PAGE = 1_000_000;

/** Ids that a URL of this API can't name. */
const UNNAMEABLE = new Set(['export', '.', '..']);

/** The client's own name for a session. */
export const sessionIdField = z
  .string()
  .min(1)
  .max(MAX_NAME_CHARACTERS)
  .refine((text) => text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), 'has characters that cannot be shown')
  .refine((text) => !UNNAMEABLE.has(text), 'is a word of this API')
  .openapi({ example: 'abc123' });

/** A page by number, as the reference has it. */
export function numberedPage(maxPerPage: number, defaultPerPage: number) {
  const parameter = (maximum: number, fallback: number) =>
    integerParameter(1, maximum)
      .default(fallback)
      .openapi({ param: { schema: { type: 'integer', minimum: 1, maximum, default: fallback } } });
  return { page: parameter(MAX_PAGE, 1), per_page: parameter(maxPerPage, defaultPerPage) };
}

/** What stands beside the items of a numbered page. */
export const pageFields = {
  total: z.number().int().openapi({ example: 1 }),
  page: z.number().int(),
  per_page: z.number().int().openapi({ example: 20 }),
  total_pages: z.number().int(),
};

export const exportFormat = z
  .enum(['csv', 'json'])
  .default('csv')
  .openapi({ description: 'csv: a header row and CRLF (RFC 4180); json: an array, as the list shows them.' });
