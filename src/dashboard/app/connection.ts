import { createStore } from './store.ts';

export interface Connection {
  isReachable: boolean;
  /** When the API answered last; null before its first answer. */
  lastAnswerAtMs: number | null;
}

/** Whether the API answers: every request says so. */
export const connection = createStore<Connection>({ isReachable: true, lastAnswerAtMs: null });

export function noteAnswer(): void {
  connection.set({ isReachable: true, lastAnswerAtMs: Date.now() });
}

export function noteSilence(): void {
  const { isReachable, lastAnswerAtMs } = connection.get();
  if (isReachable) connection.set({ isReachable: false, lastAnswerAtMs });
}
