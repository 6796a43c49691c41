import { v7, validate } from 'uuid';

/** A new UUID v7 (RFC 9562 section 5.7): sorts by the time it was made. */
export function createId(): string {
  return v7();
}

export function isUuid(text: string): boolean {
  return validate(text);
}
