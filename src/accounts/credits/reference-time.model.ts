const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The milliseconds since the epoch that a UUID v7 was made at (RFC 9562 section 5.7); null for any other text. */
export function uuidV7TimeMs(text: string): number | null {
  return UUID_V7.test(text) ? Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16) : null;
}
