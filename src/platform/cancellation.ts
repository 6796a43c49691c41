/** What is used of an `AbortSignal`: whether to give up, and being told of it. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A signal that is given by hand, or when another one is. In JavaScript alone: of the runtime's own, every listener and
 * every combination is a call out of it.
 */
export class Cancellation implements CancelSignal {
  aborted: boolean;
  readonly #listeners = new Set<() => void>();
  readonly #parent: CancelSignal;
  readonly #follow = () => this.cancel();

  constructor(parent: CancelSignal) {
    this.#parent = parent;
    this.aborted = parent.aborted;
    if (!this.aborted) parent.addEventListener('abort', this.#follow);
  }

  /** Gives the signal, once: each listener hears of it once. */
  cancel(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.release();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }

  /** The other signal is of no interest any more. */
  release(): void {
    this.#parent.removeEventListener('abort', this.#follow);
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
