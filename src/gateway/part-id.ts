import { createId } from '../platform/ids.ts';

/** A new id of a part: its kind and 32 hex digits, which sort by the time they were made. */
export function createPartId(prefix: 'cred' | 'tgt' | 'proxy' | 'rule'): string {
  return `${prefix}_${createId().replaceAll('-', '')}`;
}
