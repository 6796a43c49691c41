import { useEffect, useState } from 'preact/hooks';
import { createStore, useStore } from './store.ts';

const TICK_MS = 1_000;

const now = createStore(Date.now());
let shown = 0;
let timer = 0;

/** The time, anew each second while anything shows it. */
export function useNowMs(): number {
  useEffect(() => {
    shown += 1;
    if (shown === 1) {
      // It stood still while nothing showed it.
      now.set(Date.now());
      timer = window.setInterval(() => now.set(Date.now()), TICK_MS);
    }
    return () => {
      shown -= 1;
      if (shown === 0) window.clearInterval(timer);
    };
  }, []);
  return useStore(now);
}

/** `value`, once it has not changed for a while. */
export function useSettled<Value>(value: Value, delayMs: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const waiting = window.setTimeout(() => setSettled(() => value), delayMs);
    return () => window.clearTimeout(waiting);
  }, [value, delayMs]);
  return settled;
}
