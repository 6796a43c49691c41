import type { CheckoutRefusal, CheckoutResult } from './rotation.types.ts';
import type { Waiter } from './waiting-line.model.ts';

/** Answers that nobody was there for yet: more than are ever under way between two objects. */
export const MAX_EARLY_ANSWERS = 1_000;

/** The requests that wait in a rotor, by ticket: the promises behind its line. */
export function createOpenCheckouts() {
  const open = new Map<number, (result: CheckoutResult) => void>();
  const early = new Map<string, CheckoutRefusal>();

  /** Whoever asks later is to hear of it. An IP that was given early needs no such note: the rotor itself has it. */
  function refuseEarly(checkoutId: string, refusal: CheckoutRefusal): void {
    const [oldest] = early.keys();
    if (early.size >= MAX_EARLY_ANSWERS && oldest !== undefined) early.delete(oldest);
    early.set(checkoutId, refusal);
  }

  return {
    /** Settles when the request is served or refused. Who asks again for the same takes the place of the first. */
    wait(ticket: number): Promise<CheckoutResult> {
      open.get(ticket)?.({ ok: false, code: 'LEFT' });
      return new Promise((resolve) => void open.set(ticket, resolve));
    },
    /** Whether somebody is there to be told of a turn. */
    isHeard: (ticket: number): boolean => open.has(ticket),
    /** Tells who waits; one that stands in line but has yet to ask for its turn hears of it then. */
    answer({ ticket, checkoutId }: Pick<Waiter, 'ticket' | 'checkoutId'>, result: CheckoutResult): void {
      const tell = open.get(ticket);
      if (tell) tell(result);
      else if (!result.ok) refuseEarly(checkoutId, result);
      open.delete(ticket);
    },
    /** A caller left before it stood in line: remembered, so that it doesn't wait for nobody. */
    leftEarly: (checkoutId: string): void => refuseEarly(checkoutId, { ok: false, code: 'LEFT' }),
    /** What a request was refused for before it came, once; null when it was not. */
    takeEarly(checkoutId: string): CheckoutRefusal | null {
      const refusal = early.get(checkoutId) ?? null;
      early.delete(checkoutId);
      return refusal;
    },
  };
}
