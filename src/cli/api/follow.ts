import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { createBackOff } from '../back-off.model.ts';
import { CliError } from '../cli-error.ts';
import { pause } from '../endless.ts';
import type { ApiClient, Query } from './client.ts';

/** The server's heartbeat is every 15 s; a connection without three of them is dead, whatever TCP thinks. */
const SILENCE_MS = 50_000;
/** Without a server for so long, nobody waits any more. */
const GIVE_UP_AFTER_MS = 15 * 60_000;
/** The longest event is a log line of 2,000 characters and what is around it. */
const MAX_EVENT_CHARACTERS = 1_000_000;

interface Followed<Item> {
  path: string;
  query: Query;
  signal: AbortSignal;
  /** The first connection is there, and nothing that happens from now on is missed. */
  onConnected(): Promise<void>;
  onItem(item: Item): Promise<void>;
  /** Something that people want to know: missed events, a lost connection. */
  onNote(text: string): void;
}

/** True for what another try may mend. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof CliError)) return true;
  return error.exit === 'UNREACHABLE' || error.exit === 'TOO_MANY' || (error.refusal?.status ?? 0) >= 500;
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** The events of a response, until it ends, breaks, or has been silent for too long. */
async function* eventsOf(response: Response, abort: () => void): AsyncGenerator<EventSourceMessage> {
  if (response.body === null) return;
  let watchdog = setTimeout(abort, SILENCE_MS);
  const heard = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, SILENCE_MS);
      controller.enqueue(chunk);
    },
  });
  const events = response.body
    .pipeThrough(heard)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: MAX_EVENT_CHARACTERS }));
  try {
    yield* events;
  } finally {
    clearTimeout(watchdog);
  }
}

/**
 * Follows a stream of server-sent events until `signal` ends it: after a lost connection it goes on behind the last event
 * (`Last-Event-ID`), with growing pauses. Throws CliError when the first connection fails, when the server refuses, and
 * when there was none for a quarter of an hour.
 */
export async function follow<Item>(api: ApiClient, followed: Followed<Item>): Promise<void> {
  const { path, query, signal, onConnected, onItem, onNote } = followed;
  const backOff = createBackOff();
  let lastEventId: string | null = null;
  let lastSeenAtMs = Date.now();

  async function take({ id, event = 'message', data }: EventSourceMessage): Promise<void> {
    const isFirst = lastEventId === null && event === 'connected';
    if (id !== undefined) lastEventId = id;
    const value = parseData(data);
    if (isFirst) await onConnected();
    else if (event === 'message' && typeof value === 'object' && value !== null) await onItem(value as Item);
    else if (event === 'lagged') {
      const missed = typeof value === 'object' && value !== null ? Reflect.get(value, 'missed') : null;
      onNote(
        `${typeof missed === 'number' ? missed : 'some'} were missed: they came faster than they were read, or are no longer kept.`,
      );
    }
  }

  async function readOnce(): Promise<void> {
    const connection = new AbortController();
    const response = await api.openStream(path, query, lastEventId, AbortSignal.any([signal, connection.signal]));
    for await (const event of eventsOf(response, () => connection.abort())) {
      lastSeenAtMs = Date.now();
      backOff.succeeded();
      await take(event);
    }
  }

  while (!signal.aborted) {
    let why = 'the connection ended';
    try {
      await readOnce();
    } catch (error) {
      if (signal.aborted) return;
      if (lastEventId === null || !isPassing(error)) throw error;
      if (error instanceof CliError) why = error.message;
    }
    if (signal.aborted) return;
    if (Date.now() - lastSeenAtMs > GIVE_UP_AFTER_MS) {
      throw new CliError('UNREACHABLE', 'UNREACHABLE', `${api.baseUrl} did not come back.`, 'Is it up?');
    }
    const pauseMs = backOff.nextMs();
    onNote(`${why}; again in ${(pauseMs / 1_000).toFixed(1)} s`);
    await pause(pauseMs, signal);
  }
}
