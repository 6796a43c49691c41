/** Ids, names and proxies: longer than any UUID, host or name with a port. */
export const MAX_NAME_CHARACTERS = 300;

/** A year: what runs longer is no session. It keeps sums of millions of them exact in microseconds. */
export const MAX_DURATION_SECONDS = 31_536_000;

/** Events that one batch may hold (the task's own limit). */
export const MAX_BATCH_EVENTS = 500;

/** Of one event's details, as JSON: a page of 1,000 for an export stays within an isolate's memory. */
export const MAX_DETAILS_BYTES = 16 * 1024;
/** SQLite's JSON takes 1,000 levels, and people read three. */
export const MAX_DETAILS_LEVELS = 32;

/** Events that a session shows with itself. */
export const MAX_DETAIL_EVENTS = 1_000;

/** Proxies that statistics list, the ones used last; the counts are of all. */
export const MAX_SHOWN_PROXIES = 1_000;
