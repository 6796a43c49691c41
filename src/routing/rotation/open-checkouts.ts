import type { CheckoutResult } from './rotation.types.ts';

/** Callers that left before they came: more than are ever under way between two objects. */
export const MAX_EARLY_LEAVERS = 1_000;

/** The requests that wait in a rotor, by ticket: the promises behind its line. */
export function createOpenCheckouts() {
  const open = new Map<number, (result: CheckoutResult) => void>();
  const left = new Set<string>();

  return {
    /** Settles when the request is served or refused. Who asks again for the same takes the place of the first. */
    wait(ticket: number): Promise<CheckoutResult> {
      open.get(ticket)?.({ ok: false, code: 'LEFT' });
      return new Promise((resolve) => void open.set(ticket, resolve));
    },
    answer(ticket: number, result: CheckoutResult): void {
      open.get(ticket)?.(result);
      open.delete(ticket);
    },
    /** A caller left before it stood in line: remembered, so that it doesn't wait for nobody. */
    leftEarly(checkoutId: string): void {
      const [oldest] = left;
      if (left.size >= MAX_EARLY_LEAVERS && oldest !== undefined) left.delete(oldest);
      left.add(checkoutId);
    },
    hasLeft: (checkoutId: string): boolean => left.delete(checkoutId),
  };
}
