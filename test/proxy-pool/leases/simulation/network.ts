/** What happens to one call from the book to a ledger. */
export const fates = [
  'delivered',
  /** Never arrives; the caller is told that it failed. */
  'lost',
  /** Carried out; its answer is lost. */
  'answer_lost',
  /** Carried out twice, as by a retry whose first try was only believed to have failed. */
  'twice',
  /** The first try is late and believed to have failed; the second goes through at once. */
  'retried',
  /** The caller is told that it failed; it arrives much later all the same. */
  'late',
  /** Arrives, and is answered, only when the network is flushed. */
  'slow',
  /** The book dies; the call arrives much later. */
  'crash_before',
  /** The book dies; the call never arrives. */
  'crash_lost',
  /** Carried out, then the book dies. */
  'crash_after',
  /** The ledger dies while it writes: nothing of it stands, and the caller is told that it failed. */
  'ledger_dies',
] as const;

export type Fate = (typeof fates)[number];

const never = new Promise<never>(() => {});

interface Endpoint {
  isAlive(): boolean;
  crash(): void;
}

/** Calls between objects that can be lost, doubled, late, or the caller's last act. */
export function createNetwork() {
  const underWay: (() => void)[] = [];
  let tape: Fate[] = [];

  return {
    /** The fates of the next calls; beyond them all goes well. */
    setTape(next: readonly Fate[]): void {
      tape = [...next];
    },
    /** Whether something is still to arrive. */
    isBusy: (): boolean => underWay.length > 0,
    /** Lets everything arrive that was late or slow, the newest first if so asked. */
    flush(newestFirst: boolean): void {
      const arriving = underWay.splice(0);
      for (const arrive of newestFirst ? arriving.reverse() : arriving) arrive();
    },
    /** `onSent` hears how many copies may arrive; `deliverTry` carries one out: the first try, or a later one. */
    async call<Result>(
      from: Endpoint,
      deliverTry: (attempt: number, dies?: boolean) => Result,
      onSent: (copies: number) => void,
    ): Promise<Result> {
      if (!from.isAlive()) return never;
      const deliver = () => deliverTry(1);
      const fate = tape.shift() ?? 'delivered';
      onSent(fate === 'twice' || fate === 'retried' ? 2 : fate === 'lost' || fate === 'crash_lost' ? 0 : 1);
      await Promise.resolve();
      if (fate === 'lost') throw new Error('network: lost');
      if (fate === 'late' || fate === 'retried' || fate === 'crash_before') underWay.push(deliver);
      if (fate === 'late') throw new Error('network: late');
      if (fate === 'crash_before' || fate === 'crash_lost') {
        from.crash();
        return never;
      }
      if (fate === 'slow') {
        return new Promise((resolve) => {
          underWay.push(() => {
            const result = deliver();
            if (from.isAlive()) resolve(result);
          });
        });
      }
      if (fate === 'ledger_dies') return deliverTry(1, true);
      if (fate === 'twice') deliver();
      const result = deliverTry(fate === 'twice' || fate === 'retried' ? 2 : 1);
      if (fate === 'answer_lost') throw new Error('network: answer lost');
      if (fate === 'crash_after') from.crash();
      return from.isAlive() ? result : never;
    },
  };
}

export type Network = ReturnType<typeof createNetwork>;
