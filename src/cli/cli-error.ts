import type { Refusal } from '../api-client/refusal.model.ts';
import { adviceOn } from './advice.model.ts';
import { type ExitName, exitOfStatus } from './exit-codes.ts';

/** What ends a command, in one line: what it was, and what to do. Never holds a key. */
export class CliError extends Error {
  override name = 'CliError';
  readonly code: string;
  readonly exit: ExitName;
  /** What to do about it; may be empty. */
  readonly advice: string;
  /** The refusal behind it, if the server refused. */
  readonly refusal: Refusal | null;

  constructor(exit: ExitName, code: string, message: string, advice = '', refusal: Refusal | null = null) {
    super(message);
    this.exit = exit;
    this.code = code;
    this.advice = advice;
    this.refusal = refusal;
  }
}

/** The error for what the server refused. */
export function refused(refusal: Refusal): CliError {
  const issues = refusal.issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');
  const message = issues === '' ? refusal.message : `${refusal.message} ${issues}.`;
  return new CliError(exitOfStatus(refusal.status), refusal.code, message, adviceOn(refusal), refusal);
}
