import { createBackOff } from '../back-off.model.ts';
import { CliError } from '../cli-error.ts';

/** With the budget spent only a new start of the bridge helps. */
const SPENT_RETRY_SECONDS = 60;

/** No lease can be had for a request, and when to ask again. */
export class NoLease extends Error {
  override name = 'NoLease';
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What the bridge may spend, and how it holds back after a refusal. */
export function createPurse(budget: number, nowMs: () => number = Date.now) {
  const backOff = createBackOff();
  let spent = 0;
  let notBeforeMs = 0;
  let why: string | null = null;
  return {
    spent: () => spent,
    hasCredit: () => spent < budget,
    maySpend: () => spent < budget && nowMs() >= notBeforeMs,

    /** Runs what costs a credit. Where no answer came it counts as spent: it may have been. */
    async pay<Answer>(work: () => Promise<Answer>): Promise<Answer> {
      spent += 1;
      try {
        const answer = await work();
        backOff.succeeded();
        why = null;
        return answer;
      } catch (error) {
        if (error instanceof CliError && error.refusal !== null) spent -= 1;
        why = error instanceof CliError ? `${error.code}: ${error.message}` : 'The lease failed.';
        notBeforeMs = nowMs() + backOff.nextMs();
        throw error;
      }
    },

    refund(): void {
      spent -= 1;
    },

    /** Why there is none. */
    noLease(otherwise: string): NoLease {
      if (spent >= budget) return new NoLease(`The budget of ${budget} credits is spent.`, SPENT_RETRY_SECONDS);
      const waitMs = Math.max(1_000, notBeforeMs - nowMs());
      return new NoLease(why ?? otherwise, Math.ceil(waitMs / 1_000));
    },
  };
}

export type Purse = ReturnType<typeof createPurse>;
