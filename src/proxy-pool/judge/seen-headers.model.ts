/** Headers as the judge saw them, names in lower case. */
export type SeenHeaders = readonly (readonly [name: string, value: string])[];

/** The answer may have 8 KiB; what is beside the headers needs less than one. */
export const MAX_SEEN_HEADERS_BYTES = 6 * 1024;
/** A forwarded address has 45 characters; a list of a dozen fits. */
export const MAX_HEADER_VALUE_CHARACTERS = 512;

/** What the platform's edge adds to every request, so that it says nothing of the proxy. */
const EDGE_HEADERS: ReadonlySet<string> = new Set(['cdn-loop', 'x-forwarded-proto', 'x-real-ip', 'true-client-ip']);

const encoder = new TextEncoder();

/** The last entry is the edge's own: the address that connected to it. */
function withoutLastEntry(forwardedFor: string): string {
  return forwardedFor.split(',').slice(0, -1).join(',').trim();
}

/** The headers as the proxy sent them: what the edge adds is gone. */
export function withoutEdgeHeaders(headers: SeenHeaders): SeenHeaders {
  return headers
    .map(([name, value]): readonly [string, string] => {
      const lowerName = name.toLowerCase();
      return [lowerName, lowerName === 'x-forwarded-for' ? withoutLastEntry(value) : value];
    })
    .filter(([name, value]) => {
      if (name.startsWith('cf-') || EDGE_HEADERS.has(name)) return false;
      return name !== 'x-forwarded-for' || value !== '';
    });
}

/** As many as the answer has room for, `important` ones first, so that a flood of others hides none of them. */
export function capHeaders(headers: SeenHeaders, important: (name: string) => boolean): SeenHeaders {
  const kept: (readonly [string, string])[] = [];
  let bytes = 0;
  const first = headers.filter(([name]) => important(name));
  for (const [name, value] of [...first, ...headers.filter(([other]) => !important(other))]) {
    const entry = [name, value.slice(0, MAX_HEADER_VALUE_CHARACTERS)] as const;
    bytes += encoder.encode(JSON.stringify(entry)).byteLength + 1;
    if (bytes > MAX_SEEN_HEADERS_BYTES) break;
    kept.push(entry);
  }
  return kept;
}
