import type { Clock } from '../clock.ts';
import { runtimeTimers, type Timers } from '../timers.ts';
import { DialError, type DialStage, TIMEOUT_CODES } from './dial-error.ts';

/**
 * How long each stage may take, in milliseconds. `tcpMs` counts from the call, each later stage from the end of the one
 * before it (the first of them from `opened`), so waiting for a slot is never held against a proxy; `totalMs` bounds all but
 * the sending of a body that is a stream, after which `httpMs` counts anew.
 */
export interface DialDeadlines {
  tcpMs: number;
  proxyHandshakeMs: number;
  tlsMs: number;
  httpMs: number;
  totalMs: number;
}

/** 10 s for each stage is what the checks promise; 15 s in all keeps a probe inside its invocation. */
export const DEFAULT_DEADLINES: DialDeadlines = {
  tcpMs: 10_000,
  proxyHandshakeMs: 10_000,
  tlsMs: 10_000,
  httpMs: 10_000,
  totalMs: 15_000,
};

/** One stage's time limit. Whatever is guarded by it ends when it does, with the stage's own timeout error. */
export class Deadline {
  readonly stage: DialStage;
  readonly #waiting = new Set<(reason: DialError) => void>();
  readonly #timers: Timers;
  #callOff: () => void;
  #hasExpired: boolean = false;
  #isCleared: boolean = false;

  constructor(stage: DialStage, durationMs: number, timers: Timers = runtimeTimers) {
    this.stage = stage;
    this.#timers = timers;
    this.#callOff = timers.after(durationMs, () => this.#expire());
  }

  #expire(): void {
    this.#hasExpired = true;
    for (const reject of this.#waiting) reject(this.#error());
    this.#waiting.clear();
  }

  #error(): DialError {
    return new DialError(this.stage, TIMEOUT_CODES[this.stage]);
  }

  /** Settles as `work` does, or rejects at the deadline; a later outcome of `work` is taken note of and dropped. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      const settle = (act: () => void): void => {
        this.#waiting.delete(reject);
        act();
      };
      work.then(
        (value) => settle(() => resolve(value)),
        (reason: unknown) => settle(() => reject(reason)),
      );
      // A peer that drips without pause must not outrun the timer's turn.
      if (this.#hasExpired) settle(() => reject(this.#error()));
    });
  }

  /** Counts anew, unless it is over. */
  restart(durationMs: number): void {
    if (this.#hasExpired || this.#isCleared) return;
    this.#callOff();
    this.#callOff = this.#timers.after(durationMs, () => this.#expire());
  }

  /** Ends the timer; nothing is cut short by this deadline any more. */
  clear(): void {
    this.#isCleared = true;
    this.#callOff();
  }
}

/** Runs a stage under its own limit and what is left of the total, and clears the timer whatever happens. */
export type RunStage = <T>(stage: DialStage, limitMs: number, work: (deadline: Deadline) => Promise<T>) => Promise<T>;

/** Starts the total's count now. */
export function startBudget(totalMs: number, clock: Clock, timers: Timers = runtimeTimers): RunStage {
  const endsAtMs = clock.nowMs() + totalMs;
  return async (stage, limitMs, work) => {
    const deadline = new Deadline(stage, Math.min(limitMs, endsAtMs - clock.nowMs()), timers);
    try {
      return await work(deadline);
    } finally {
      deadline.clear();
    }
  };
}
