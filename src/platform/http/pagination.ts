import { z } from '@hono/zod-openapi';
import { fromBase64Url, sha256Hex, toBase64Url, utf8 } from '../bytes.ts';
import { appError } from '../errors/app-error.ts';
import { integerParameter } from './openapi.ts';

export const DEFAULT_PAGE_ITEMS = 50;
/** The reference's largest page. */
export const MAX_PAGE_ITEMS = 200;
/** Longer than any cursor made here. */
const MAX_CURSOR_CHARACTERS = 1_024;

export const pageQuery = {
  limit: integerParameter(1, MAX_PAGE_ITEMS)
    .default(DEFAULT_PAGE_ITEMS)
    .openapi({
      param: { schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE_ITEMS, default: DEFAULT_PAGE_ITEMS } },
    }),
  cursor: z.string().max(MAX_CURSOR_CHARACTERS).optional(),
};

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable(), total_count: z.number().int() });
}

const cursorSchema = z.strictObject({ list: z.string(), after: z.array(z.union([z.string(), z.number(), z.null()])) });

export type CursorPosition = (string | number | null)[];

/** Names a list by its path, filters and order: a cursor of one list is no cursor of another. */
export async function listIdentity(name: string, query: Readonly<Record<string, unknown>>): Promise<string> {
  const parts = Object.entries(query)
    .filter(([field, value]) => value !== undefined && field !== 'cursor' && field !== 'limit')
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return (await sha256Hex(JSON.stringify([name, parts]))).slice(0, 16);
}

/** An opaque keyset cursor: the sort values of the last item of a page. */
export function encodeCursor(list: string, after: CursorPosition): string {
  return toBase64Url(utf8(JSON.stringify({ list, after })));
}

/** The position that a cursor of this list names; `INVALID_CURSOR` when it is of another, or none at all. */
export function decodeCursor(list: string, cursor: string, length: number): CursorPosition {
  const bytes = fromBase64Url(cursor);
  const parsed = bytes ? cursorSchema.safeParse(parseJson(new TextDecoder().decode(bytes))) : null;
  if (!parsed?.success || parsed.data.list !== list || parsed.data.after.length !== length)
    throw appError('INVALID_CURSOR');
  return parsed.data.after;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
