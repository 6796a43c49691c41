import type { Clock } from '../clock.ts';
import { describeError, type Logger } from '../log/logger.ts';

/** What comes within this time goes as one message: an object takes hundreds of these a second, not thousands. */
export const BUFFER_MS = 200;
/** More of one key goes at once. */
export const MAX_BUFFERED_ITEMS = 200;
/** After this whoever was to send it is taken for gone. */
const OVERDUE_MS = 2_000;

interface Waiting<Item> {
  items: Item[];
  dueAtMs: number;
}

/** What an isolate has not sent yet, by key. It outlives a request, and is lost with its isolate. */
export type Buffered<Item> = Map<string, Waiting<Item>>;

export interface CallBuffer<Item> {
  /** Takes an item; it is sent within `bufferMs`, with others of its key, or logged as lost. */
  add(key: string, item: Item): void;
  /** What waits of a key, for whoever sends it now with something else. */
  take(key: string): Item[];
}

interface Dependencies<Item> {
  /** The isolate's. */
  buffered: Buffered<Item>;
  send(key: string, items: Item[]): Promise<void>;
  clock: Clock;
  logger: Logger;
  /** Keeps the invocation alive that sends. */
  waitUntil(work: Promise<unknown>): void;
  wait?(durationMs: number): Promise<unknown>;
  /** `BUFFER_MS` unless said. */
  bufferMs?: number;
}

/** Gathers what many invocations of an isolate tell one object. The first of them sends for all. */
export function createCallBuffer<Item>(dependencies: Dependencies<Item>): CallBuffer<Item> {
  const { buffered, send, clock, logger, waitUntil, wait = (ms) => scheduler.wait(ms) } = dependencies;
  const { bufferMs = BUFFER_MS } = dependencies;

  async function sendNow(key: string, waiting: Waiting<Item>): Promise<void> {
    if (buffered.get(key) === waiting) buffered.delete(key);
    // Emptied in this turn: an overdue one may be sent by two.
    const items = waiting.items.splice(0);
    if (items.length === 0) return;
    try {
      await send(key, items);
    } catch (error) {
      logger.error('buffered calls lost', { count: items.length, ...describeError(error) });
    }
  }

  return {
    add(key, item) {
      const waiting = buffered.get(key);
      if (!waiting) {
        const first = { items: [item], dueAtMs: clock.nowMs() + bufferMs };
        buffered.set(key, first);
        waitUntil(wait(bufferMs).then(() => sendNow(key, first)));
        return;
      }
      waiting.items.push(item);
      const isOverdue = clock.nowMs() > waiting.dueAtMs + OVERDUE_MS;
      if (isOverdue || waiting.items.length >= MAX_BUFFERED_ITEMS) waitUntil(sendNow(key, waiting));
    },
    take: (key) => buffered.get(key)?.items.splice(0) ?? [],
  };
}
