/** A statement and what is bound to it; lists are one JSON parameter, as a statement takes 100 at most. */
export type Write = readonly [text: string, ...parameters: (string | number | null)[]];

export function prepareWrite(binding: D1Database, [text, ...parameters]: Write): D1PreparedStatement {
  return binding.prepare(text).bind(...parameters);
}
