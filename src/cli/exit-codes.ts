/** What scripts can tell apart; README.md and `switchyard --help` show this table. */
export const exitCodes = {
  DONE: { code: 0, meaning: 'done; something endless was told to end' },
  FAILED: { code: 1, meaning: 'anything that is not below' },
  USAGE: { code: 2, meaning: 'the command line is wrong, or the server refused a value (400, 413, 422)' },
  UNREACHABLE: { code: 3, meaning: 'no answer, one that is not of Switchyard, or 502, 503, 504' },
  NOT_ALLOWED: { code: 4, meaning: 'no key, one that is not taken, or a role that does not allow it (401, 403)' },
  NOT_FOUND: { code: 5, meaning: 'no such lease or process; no proxy matches (404)' },
  CONFLICT: { code: 6, meaning: 'not now: all leased, already running, already ended (409)' },
  NO_CREDITS: { code: 7, meaning: 'not enough credits (402)' },
  TOO_MANY: { code: 8, meaning: 'too many requests or leases (429)' },
  UNHEALTHY: { code: 9, meaning: '`status`: the service says that it is unhealthy' },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitName = keyof typeof exitCodes;

const ofStatus: Readonly<Record<number, ExitName>> = {
  400: 'USAGE',
  401: 'NOT_ALLOWED',
  402: 'NO_CREDITS',
  403: 'NOT_ALLOWED',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'USAGE',
  422: 'USAGE',
  429: 'TOO_MANY',
  502: 'UNREACHABLE',
  503: 'UNREACHABLE',
  504: 'UNREACHABLE',
};

/** The exit code for an answer's HTTP status; 0 stands for no answer. */
export function exitOfStatus(status: number): ExitName {
  return status === 0 ? 'UNREACHABLE' : (ofStatus[status] ?? 'FAILED');
}
