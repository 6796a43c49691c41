/** Methods whose JSON bodies take configured fields. */
const MERGED_METHODS = new Set(['POST', 'PUT', 'PATCH']);

/** JSON.rawJSON and source text access (ECMA-262 proposal, in V8): numbers pass with every digit they had. */
const rawJson: unknown = Reflect.get(JSON, 'rawJSON');

/** True when a request's body is JSON into which fields are to be merged. An empty body counts, whatever its type. */
export function takesFields(method: string, contentType: string | null, data: Readonly<Record<string, unknown>>) {
  if (Object.keys(data).length === 0 || !MERGED_METHODS.has(method)) return false;
  const type = (contentType ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || type.endsWith('+json');
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined || typeof rawJson !== 'function') return value;
  return rawJson(context.source);
}

/** A JSON object with configured fields set over its own, one level deep; null when the text is no JSON object. */
export function mergeJson(text: string, data: Readonly<Record<string, unknown>>): string | null {
  if (text.trim() === '') return JSON.stringify(data);
  try {
    const body: unknown = JSON.parse(text, keepDigits);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
    return JSON.stringify({ ...body, ...data });
  } catch {
    return null;
  }
}
