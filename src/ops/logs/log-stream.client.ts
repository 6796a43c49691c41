import { callStub } from '../../platform/durable/stub-call.ts';
import type { EventSink } from '../../platform/http/sse.ts';
import { describeError, type Logger } from '../../platform/log/logger.ts';
import type { LogBook } from './log-book.do.ts';
import type { FeedFilter, FeedItem, FeedMessage } from './log-book.types.ts';
import { POSITION_HEADER } from './log-feed.ts';

/** A book whose socket breaks (it was updated, or moved) is asked again, so often in a row. */
export const MAX_REOPENS = 5;
const REOPEN_PAUSE_MS = 500;

interface StreamOptions<Item extends FeedItem> {
  namespace: DurableObjectNamespace<LogBook>;
  logger: Logger;
  /** Names of the books to watch. */
  books: readonly string[];
  filter: FeedFilter;
  /** What the reader had last; null: it begins now. */
  lastEventId: string | null;
  /** What a reader sees of an item, or null when it did not ask for it. */
  toData(item: Item, book: number): object | null;
  /** How a position of a book is written in ids. */
  cursors: { of(position: number, book: number): string; form: RegExp };
}

/** An id names a position in each book; null when it is none of these books. */
function parseCursors(lastEventId: string | null, books: number, form: RegExp): (string | null)[] {
  const cursors = lastEventId?.split('-') ?? [];
  const isOurs = cursors.length === books && cursors.every((cursor) => form.test(cursor));
  return isOurs ? cursors : Array<null>(books).fill(null);
}

/**
 * Passes on what some books tell: `connected` first, then each item once and in order. Every event has an id that leads
 * back to right behind it. Returns what ends it.
 */
export async function streamLogs<Item extends FeedItem>(
  { namespace, logger, books, filter, lastEventId, toData, cursors: { of: cursorOf, form } }: StreamOptions<Item>,
  sink: EventSink,
): Promise<() => void> {
  const cursors = parseCursors(lastEventId, books.length, form);
  const sockets = new Map<number, WebSocket>();
  let isOver = false;
  const id = () => cursors.join('-');

  async function open(book: number): Promise<WebSocket> {
    const query = new URLSearchParams({ filter: JSON.stringify(filter) });
    const after = cursors[book] ?? null;
    if (after !== null) query.set('after', after);
    const response = await callStub(
      () => namespace.getByName(books[book] ?? ''),
      (stub) => stub.fetch(`https://log-book/?${query}`, { headers: { Upgrade: 'websocket' } }),
    );
    const { webSocket } = response;
    if (!webSocket) throw new Error(`no socket of ${books[book]}: ${response.status}`);
    cursors[book] = cursorOf(Number(response.headers.get(POSITION_HEADER)), book);
    return webSocket;
  }

  function take(book: number, message: FeedMessage<Item>): void {
    if (message.kind === 'forgotten') sink.emit({ event: 'lagged', data: { missed: null } });
    else
      for (const item of message.items) {
        cursors[book] = cursorOf(item.position, book);
        const data = toData(item, book);
        if (data !== null) sink.emit({ id: id(), data });
      }
  }

  async function reopen(book: number): Promise<void> {
    for (let tries = 1; tries <= MAX_REOPENS && !isOver; tries += 1) {
      try {
        await scheduler.wait(REOPEN_PAUSE_MS * tries);
        return listen(book, await open(book));
      } catch (error) {
        logger.warn('a log stream is not reopened yet', { book: books[book], tries, ...describeError(error) });
      }
    }
    sink.end();
  }

  function listen(book: number, socket: WebSocket): void {
    if (isOver) {
      socket.close();
      return;
    }
    sockets.set(book, socket);
    let isLost = false;
    const lost = (): void => {
      if (isLost || isOver) return;
      isLost = true;
      void reopen(book);
    };
    socket.addEventListener('message', ({ data }) => take(book, JSON.parse(String(data))));
    socket.addEventListener('close', lost);
    socket.addEventListener('error', lost);
    socket.accept();
  }

  const opened = await Promise.all(books.map((_name, book) => open(book)));
  sink.emit({ id: id(), event: 'connected', data: {} });
  for (const [book, socket] of opened.entries()) listen(book, socket);
  return () => {
    isOver = true;
    for (const socket of sockets.values()) socket.close();
  };
}
