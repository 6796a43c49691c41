import { utf8 } from '../bytes.ts';

/** Idle connections are cut after some minutes by whatever stands between; a comment now and then keeps them. */
export const HEARTBEAT_MS = 15_000;
/** Events held for a reader that is slower than what happens; beyond it they are dropped, and the reader is told. */
export const MAX_BUFFERED_EVENTS = 1_000;

/** A server-sent event (HTML standard, section 9.2). */
export interface ServerSentEvent {
  /** A reader that comes back names the last one it had in `Last-Event-ID`. */
  id?: string;
  event?: string;
  data: unknown;
}

/** Where the events of a stream come from. */
export interface EventProducer {
  /** Begins; what it returns ends it. A rejection ends the stream, and its reader comes again. */
  start(sink: EventSink): Promise<() => void>;
  /** Asked at every heartbeat; the stream ends when it says no. */
  isStillAllowed(): Promise<boolean>;
}

export interface EventSink {
  emit(event: ServerSentEvent): void;
  /** Ends the stream; its reader comes again. */
  end(): void;
}

/** An event as it goes over the wire. Line breaks in data, of any kind, begin a `data:` line of their own. */
export function formatEvent({ id, event, data }: ServerSentEvent): string {
  const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`;
  const lines = JSON.stringify(data).split(/\r\n|\r|\n/);
  return `${head}${lines.map((line) => `data: ${line}\n`).join('')}\n`;
}

/** Events that wait for their reader. Of those that find no room it keeps how many they were, in their place. */
export function createEventBuffer(maxEvents = MAX_BUFFERED_EVENTS) {
  const waiting: (ServerSentEvent | { missed: number })[] = [];
  return {
    push(event: ServerSentEvent): void {
      const last = waiting.at(-1);
      if (waiting.length < maxEvents) waiting.push(event);
      else if (last && 'missed' in last) last.missed += 1;
      else waiting.push({ missed: 1 });
    },
    take(): ServerSentEvent | undefined {
      const next = waiting.shift();
      // Without an id: a reader that comes back is given what it missed, as far as it is kept.
      return next && 'missed' in next ? { event: 'lagged', data: { missed: next.missed } } : next;
    },
  };
}

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Proxies that gather a response before they pass it on would hold the events back.
  'X-Accel-Buffering': 'no',
};

/** An endless answer of events, with heartbeats in between. It ends with its reader, its producer or its permission. */
export function eventStream(producer: EventProducer, heartbeatMs = HEARTBEAT_MS): Response {
  const buffer = createEventBuffer();
  let wake = () => {};
  let beats = 0;
  let isOver = false;
  let stop: (() => void) | null = null;
  const end = (): void => {
    isOver = true;
    clearInterval(timer);
    stop?.();
    stop = null;
    wake();
  };
  const timer = setInterval(() => {
    beats += 1;
    wake();
    producer.isStillAllowed().then(
      (isAllowed) => isAllowed || end(),
      () => end(),
    );
  }, heartbeatMs);
  const sink: EventSink = {
    emit(event) {
      buffer.push(event);
      wake();
    },
    end,
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async start() {
        const stopProducer = await producer.start(sink);
        if (isOver) stopProducer();
        else stop = stopProducer;
      },
      async pull(controller) {
        for (;;) {
          const event = buffer.take();
          if (event) controller.enqueue(utf8(formatEvent(event)));
          else if (isOver) controller.close();
          else if (beats > 0) controller.enqueue(utf8(': heartbeat\n\n'));
          if (event || isOver || beats > 0) {
            beats = 0;
            return;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers });
}
