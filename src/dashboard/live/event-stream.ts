import { createParser } from 'eventsource-parser';
import { ApiError } from '../api/api-error.ts';
import { answerOf } from '../api/call.ts';
import { retryDelayMs } from './retry.model.ts';

/** The API's streams say something every 15 seconds at least: after more than twice that, nobody is there. */
const SILENCE_MS = 40_000;

export type LiveState = 'connecting' | 'live' | 'lost';

export interface EventFollower {
  onState(state: LiveState): void;
  /** The stream runs, or runs again: what happens from here on is told, what was missed in between first. */
  onConnected(): void;
  onData(data: unknown): void;
  /** Events that this reader was too slow for, or that are kept no longer. */
  onMissed(): void;
  /** The API does not want to stream this: asking again is in vain. */
  onRefused(error: ApiError): void;
}

const isFinal = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  error.refusal.status >= 400 &&
  error.refusal.status < 500 &&
  error.refusal.status !== 429;

/**
 * Follows a stream of server-sent events by `fetch`, since EventSource takes no key. A stream that breaks goes on behind the
 * last event that was had. Returns what ends it.
 */
export function followEvents(path: string, follower: EventFollower): () => void {
  const ending = new AbortController();
  let lastEventId: string | undefined;
  let failures = 0;

  const parser = createParser({
    onId(id) {
      lastEventId = id;
    },
    onEvent({ event, data }) {
      if (event === 'connected') {
        failures = 0;
        follower.onState('live');
        follower.onConnected();
      } else if (event === 'lagged') follower.onMissed();
      else follower.onData(JSON.parse(data));
    },
  });

  /** Reads one connection to its end, or until it is silent for too long. */
  async function read(): Promise<void> {
    const connection = new AbortController();
    const stop = () => connection.abort();
    ending.signal.addEventListener('abort', stop);
    let watch = setTimeout(stop, SILENCE_MS);
    try {
      const resumed = lastEventId === undefined ? {} : { lastEventId };
      const response = await answerOf('GET', path, {
        accept: 'text/event-stream',
        signal: connection.signal,
        ...resumed,
      });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: '' };
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(stop, SILENCE_MS);
        parser.feed(value);
      }
    } finally {
      clearTimeout(watch);
      ending.signal.removeEventListener('abort', stop);
      parser.reset();
    }
  }

  async function follow(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await read();
      } catch (error) {
        if (isFinal(error)) {
          follower.onRefused(error);
          return;
        }
      }
      if (ending.signal.aborted) return;
      failures += 1;
      follower.onState('lost');
      await new Promise((resolve) => {
        setTimeout(resolve, retryDelayMs(failures));
      });
    }
  }

  follower.onState('connecting');
  void follow();
  return () => ending.abort();
}
