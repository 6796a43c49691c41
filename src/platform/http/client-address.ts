/** The caller's address as the edge saw it; null where no edge stands in front. */
export function clientAddress(headers: Headers): string | null {
  return headers.get('cf-connecting-ip');
}
