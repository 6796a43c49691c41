/** Letters in one case, so that a search finds them in either: capitals, in which `ß` is `SS` and both small sigmas are one. */
function foldCase(text: string): string {
  return text.toUpperCase();
}

interface SearchedFields {
  sessionId: string;
  profileId: string;
  proxy: string | null;
}

/** No field has one: whoever searches for it finds nothing. */
const SEPARATOR = '\n';

/** What a search looks in. */
export function searchTextOf({ sessionId, profileId, proxy }: SearchedFields): string {
  return foldCase([sessionId, profileId, proxy ?? ''].join(SEPARATOR));
}

/** What to look for in search texts; null when no field can have it. */
export function searchedText(search: string): string | null {
  return search.includes(SEPARATOR) ? null : foldCase(search);
}
