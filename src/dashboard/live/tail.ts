import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import { followEvents, type LiveState } from './event-stream.ts';
import { appendTail, joinTail } from './tail.model.ts';

/** What comes at once is drawn at once: a page is no faster than the eye. */
const DRAW_EVERY_MS = 200;

export interface TailSource<Item, List> {
  /** The API's path of what there is already. */
  list: string;
  /** And of what comes. */
  stream: string;
  /** A list's items, the oldest first. */
  itemsOf: (list: List) => readonly Item[];
  keyOf: (item: Item) => string;
}

export interface Tail<Item> {
  /** Oldest first; null until the first answer. */
  items: readonly Item[] | null;
  state: LiveState;
  /** How many came since it was opened: what a pause hides. */
  came: number;
  /** True when the stream had to leave some out. */
  hasGaps: boolean;
  error: Error | null;
}

const untold = { items: null, state: 'connecting', came: 0, hasGaps: false, error: null } as const;

/** Follows one list; returns what ends it. */
function follow<Item, List>(source: TailSource<Item, List>, show: (tail: Tail<Item>) => void): () => void {
  const { list, stream, itemsOf, keyOf } = source;
  const ending = new AbortController();
  let tail: Tail<Item> = untold;
  let waiting: Item[] = [];
  let timer: number | null = null;
  const set = (change: Partial<Tail<Item>>) => {
    tail = { ...tail, ...change };
    if (!ending.signal.aborted) show(tail);
  };
  const draw = () => {
    timer = null;
    // What comes before the list is there is joined with it.
    if (tail.items === null) return;
    const came = tail.came + waiting.length;
    const items = appendTail(tail.items, waiting);
    waiting = [];
    set({ items, came });
  };
  async function readList(): Promise<void> {
    try {
      const answer = await call<List>('GET', list, { signal: ending.signal });
      const items = appendTail([], joinTail(itemsOf(answer), waiting, keyOf));
      waiting = [];
      set({ items, error: null });
    } catch (error) {
      if (error instanceof Error) set({ error });
    }
  }
  const stop = followEvents(stream, {
    onState: (state) => set({ state }),
    onConnected() {
      // A stream that was lost goes on where it broke: the list is needed once.
      if (tail.items === null) void readList();
    },
    onData(data) {
      waiting.push(data as Item);
      timer ??= window.setTimeout(draw, DRAW_EVERY_MS);
    },
    onMissed: () => set({ hasGaps: true }),
    onRefused: (error) => set({ error }),
  });
  return () => {
    ending.abort();
    if (timer !== null) window.clearTimeout(timer);
    stop();
  };
}

/** A list, and what is added to it as it happens. `source` stays the same object as long as the same is asked for. */
export function useTail<Item, List>(source: TailSource<Item, List>): Tail<Item> {
  const [tail, setTail] = useState<Tail<Item>>(untold);
  useEffect(() => {
    setTail(untold);
    return follow(source, setTail);
  }, [source]);
  return tail;
}
