import { v7, validate } from 'uuid';

/** A new UUID v7 (RFC 9562 section 5.7): sorts by the time it was made. */
export function createId(): string {
  return v7();
}

/** The smallest UUID v7 of a millisecond: a bound for ids that sort by their time. */
export function smallestIdAt(atMs: number): string {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

export function isUuid(text: string): boolean {
  return validate(text);
}
