const decoder = new TextDecoder();

/** Percent-decodes once, as UTF-8; what is no percent escape stays, bytes that are no UTF-8 become U+FFFD. */
function decodeOnce(text: string): string {
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    decoder.decode(Uint8Array.from(escapes.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
  );
}

/**
 * The path that rules judge: a raw URL path decoded once, its dot segments resolved (RFC 3986 section 5.2.4), with a leading
 * `/`. So `/public/%2e%2e%2fadmin` is judged as `/admin`, whatever the target makes of it.
 */
export function judgedPath(rawPath: string): string {
  const kept: string[] = [];
  const segments = decodeOnce(rawPath).replace(/^\//, '').split('/');
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment === '.' || segment === '..') {
      if (isLast) kept.push('');
    } else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}
