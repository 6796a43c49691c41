import type { KeptSummary } from '../requests/request-log.types.ts';
import type { FeedFilter, FeedItem, FeedMessage, KeptLine } from './log-book.types.ts';

/** Items in one message: some hundred KB at most. */
const MAX_ITEMS_PER_MESSAGE = 100;
/** Readers of one object at once; the platform's limit is 32,768. */
export const MAX_FEED_SOCKETS = 5_000;
/** The answer to a socket's opening says where it begins. */
export const POSITION_HEADER = 'x-position';

function isWanted(filter: FeedFilter, item: FeedItem): boolean {
  if (filter.kind === 'lines')
    return filter.processes === null || filter.processes.includes((item as KeptLine).process);
  return filter.accountId === null || (item as KeptSummary).accountId === filter.accountId;
}

function send(socket: WebSocket, message: FeedMessage): void {
  try {
    socket.send(JSON.stringify(message));
  } catch {
    // It is closing: its reader comes again, and names the position it has.
  }
}

function sendItems(socket: WebSocket, items: readonly FeedItem[]): void {
  for (let start = 0; start < items.length; start += MAX_ITEMS_PER_MESSAGE) {
    send(socket, { kind: 'items', items: items.slice(start, start + MAX_ITEMS_PER_MESSAGE) });
  }
}

interface Backlog {
  /** Where the socket begins: what comes after it is in `items`, or will be sent. */
  position: number;
  items: readonly FeedItem[];
  hasForgotten: boolean;
}

/** The hibernating sockets of a book: while nothing happens they cost nothing, and an eviction loses none. */
export function createLogFeed(ctx: DurableObjectState) {
  return {
    /** Opens a socket; what it missed goes out before anything new does. */
    open(filter: FeedFilter, backlog: Backlog): Response {
      if (ctx.getWebSockets().length >= MAX_FEED_SOCKETS) return new Response(null, { status: 503 });
      const { 0: client, 1: server } = new WebSocketPair();
      ctx.acceptWebSocket(server, [filter.kind]);
      server.serializeAttachment(filter);
      if (backlog.hasForgotten) send(server, { kind: 'forgotten' });
      sendItems(server, backlog.items);
      return new Response(null, {
        status: 101,
        webSocket: client,
        headers: { [POSITION_HEADER]: String(backlog.position) },
      });
    },

    /** Tells everyone who asked for them. */
    tell(kind: FeedFilter['kind'], items: readonly FeedItem[]): void {
      for (const socket of ctx.getWebSockets(kind)) {
        const filter: FeedFilter = socket.deserializeAttachment();
        const wanted = items.filter((item) => isWanted(filter, item));
        if (wanted.length > 0) sendItems(socket, wanted);
      }
    },
  };
}
