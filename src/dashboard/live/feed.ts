import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/call.ts';
import type { LiveState } from './event-stream.ts';
import { addMessage, type FeedMessage } from './feed.model.ts';
import { retryDelayMs } from './retry.model.ts';

/** A socket that says nothing is asked whether it is there; without an answer by the next time it is not. */
const ASK_EVERY_MS = 20_000;
/** Of what was said before, so that a new page is not empty. */
const TAIL_MESSAGES = 20;

export type FeedKind = 'account' | 'inventory';

interface FeedFollower {
  onState(state: LiveState): void;
  onMessage(message: FeedMessage): void;
}

async function openSocket(feed: FeedKind): Promise<WebSocket> {
  const { ticket } = await call<{ ticket: string }>('POST', `/api/ws/ticket?feed=${feed}`);
  const query = new URLSearchParams({ ticket, feed, tail: String(TAIL_MESSAGES) });
  return new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws?${query}`);
}

/** Closes a socket; one that is still being opened when it is open, which is no error to complain of in the console. */
function leave(socket: WebSocket): void {
  if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener('open', () => socket.close());
  else socket.close();
}

/** Resolves when the socket is closed, whoever closed it. */
function listen(socket: WebSocket, { onState, onMessage }: FeedFollower): Promise<void> {
  return new Promise((resolve) => {
    let isAnswering = true;
    const asking = setInterval(() => {
      if (!isAnswering) socket.close();
      else if (socket.readyState === WebSocket.OPEN) socket.send('ping');
      isAnswering = false;
    }, ASK_EVERY_MS);
    socket.addEventListener('open', () => onState('live'));
    socket.addEventListener('message', ({ data }) => {
      isAnswering = true;
      const message: FeedMessage = JSON.parse(String(data));
      if (message.type !== 'pong') onMessage(message);
    });
    socket.addEventListener('close', () => {
      clearInterval(asking);
      resolve();
    });
  });
}

/** Follows a feed of the API's by WebSocket, each time with a ticket of its own. Returns what ends it. */
export function followFeed(feed: FeedKind, follower: FeedFollower): () => void {
  let isOver = false;
  let failures = 0;
  let socket: WebSocket | null = null;

  async function follow(): Promise<void> {
    while (!isOver) {
      try {
        const opened = await openSocket(feed);
        socket = opened;
        if (isOver) return leave(opened);
        opened.addEventListener('open', () => {
          failures = 0;
        });
        await listen(opened, follower);
      } catch {
        // Why it can't be had is said by the ticket's request; it is tried again like a socket that broke.
      }
      if (isOver) return;
      failures += 1;
      follower.onState('lost');
      await new Promise((resolve) => {
        setTimeout(resolve, retryDelayMs(failures));
      });
    }
  }

  follower.onState('connecting');
  void follow();
  return () => {
    isOver = true;
    if (socket) leave(socket);
  };
}

/** The newest messages of some feeds, the newest first, and whether they are live. */
export function useFeed(feeds: readonly FeedKind[]): { messages: readonly FeedMessage[]; state: LiveState } {
  const [messages, setMessages] = useState<readonly FeedMessage[]>([]);
  const [states, setStates] = useState<Partial<Record<FeedKind, LiveState>>>({});
  useEffect(() => {
    const endings = feeds.map((feed) =>
      followFeed(feed, {
        onState: (state) => setStates((now) => ({ ...now, [feed]: state })),
        onMessage: (message) => setMessages((now) => addMessage(now, message)),
      }),
    );
    return () => {
      for (const end of endings) end();
    };
  }, [feeds]);
  const known = feeds.map((feed) => states[feed] ?? 'connecting');
  const state = known.find((one) => one === 'lost') ?? known.find((one) => one === 'connecting') ?? 'live';
  return { messages, state };
}
