import type { Clock } from '../clock.ts';
import { describeError, type Logger } from '../log/logger.ts';

/** What comes within this time goes as one message: an object takes hundreds of these a second, not thousands. */
export const BUFFER_MS = 200;
/** More of one key goes at once; a message costs its object as much as some tens of items. */
export const MAX_BUFFERED_ITEMS = 500;
/** So much of one key goes at once, too: an object takes messages of 32 MiB, in which a character may have three bytes. */
export const MAX_BUFFERED_CHARACTERS = 4 * 1_024 * 1_024;
/** After this whoever was to send it is taken for gone. */
const OVERDUE_MS = 2_000;

interface Waiting<Item> {
  items: Item[];
  characters: number;
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
  /** About how long an item is, where some are long. */
  charactersOf?(item: Item): number;
  /** `BUFFER_MS` unless said. */
  bufferMs?: number;
}

/** Gathers what many invocations of an isolate tell one object. The first of them sends for all. */
export function createCallBuffer<Item>(dependencies: Dependencies<Item>): CallBuffer<Item> {
  const { buffered, send, clock, logger, waitUntil, wait = (ms) => scheduler.wait(ms) } = dependencies;
  const { bufferMs = BUFFER_MS, charactersOf = () => 0 } = dependencies;

  async function sendNow(key: string, waiting: Waiting<Item>): Promise<void> {
    if (buffered.get(key) === waiting) buffered.delete(key);
    // Emptied in this turn: an overdue one may be sent by two.
    const items = waiting.items.splice(0);
    waiting.characters = 0;
    if (items.length === 0) return;
    try {
      await send(key, items);
    } catch (error) {
      logger.error('buffered calls lost', { count: items.length, ...describeError(error) });
    }
  }

  return {
    add(key, item) {
      let waiting = buffered.get(key);
      if (!waiting) {
        const first = { items: [], characters: 0, dueAtMs: clock.nowMs() + bufferMs };
        waiting = first;
        buffered.set(key, first);
        waitUntil(wait(bufferMs).then(() => sendNow(key, first)));
      }
      waiting.items.push(item);
      waiting.characters += charactersOf(item);
      const isOverdue = clock.nowMs() > waiting.dueAtMs + OVERDUE_MS;
      const isFull = waiting.items.length >= MAX_BUFFERED_ITEMS || waiting.characters >= MAX_BUFFERED_CHARACTERS;
      if (isOverdue || isFull) waitUntil(sendNow(key, waiting));
    },
    take: (key) => buffered.get(key)?.items.splice(0) ?? [],
  };
}
