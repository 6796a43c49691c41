import { joinBytes } from '../bytes.ts';
import type { CancelSignal } from '../cancellation.ts';
import type { Clock } from '../clock.ts';
import { ConnectionLost } from './byte-reader.ts';
import type { ByteChannel } from './connection.ts';
import { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';
import type { BodySource, StreamEnd, StreamRequest, StreamResponse } from './dialer.types.ts';
import { DEFAULT_RESPONSE_LIMITS, ResponseFault, ResponseParser } from './http-response.ts';
import type { Llhttp } from './llhttp/llhttp.ts';

interface Sent
  extends Pick<StreamRequest, 'method' | 'body' | 'idleMs' | 'uploadMs' | 'signal' | 'timers' | 'onSending'> {
  head: Uint8Array;
  /** Takes the channel over after a clean end; null: it is closed. */
  keep: ((channel: ByteChannel) => void) | null;
}

interface Parts {
  llhttp: Llhttp;
  clock: Clock;
  /** For all up to the head of the answer; counts anew when a body that is a stream is sent. */
  deadline: Deadline;
  /** From the end of the request to the head of the answer. */
  headMs: number;
}

export type Streamed = Omit<StreamResponse, 'timings'> & { firstByteMs: number };

const CRLF = new TextEncoder().encode('\r\n');
const LAST_CHUNK = new TextEncoder().encode('0\r\n\r\n');

function toChunk(bytes: Uint8Array): Uint8Array {
  return joinBytes([new TextEncoder().encode(`${bytes.byteLength.toString(16)}\r\n`), bytes, CRLF]);
}

type Idle = Pick<Sent, 'idleMs' | 'timers'>;

/** Work that may stand still for so long, and no longer. */
async function within<T>({ idleMs, timers }: Idle, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  const deadline = new Deadline('http', idleMs, timers);
  try {
    return await work(deadline);
  } finally {
    deadline.clear();
  }
}

/** The next piece of a body. One that stands still is its caller's doing, and no fault of whom it is sent to. */
function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>, idle: Idle) {
  return within(idle, (deadline) => deadline.guard(reader.read())).catch((error: unknown) => {
    throw error instanceof DialError ? new DialError('http', 'body_timeout') : error;
  });
}

/** Sends a body as it comes. Fails when its source does, or has another length than was announced. */
async function pump(channel: ByteChannel, source: BodySource, idle: Idle): Promise<void> {
  const { contentLength } = source;
  let sentBytes = 0;
  const reader = source.stream.getReader();
  try {
    for (;;) {
      const { done, value } = await nextOf(reader, idle);
      if (done) break;
      if (value.byteLength === 0) continue;
      sentBytes += value.byteLength;
      if (contentLength !== null && sentBytes > contentLength) throw new RangeError('a body longer than announced');
      const bytes = contentLength === null ? toChunk(value) : value;
      await within(idle, (deadline) => channel.write(bytes, deadline));
    }
    if (contentLength !== null && sentBytes < contentLength) throw new RangeError('a body shorter than announced');
    if (contentLength === null) await within(idle, (deadline) => channel.write(LAST_CHUNK, deadline));
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Why an exchange failed, as the dialer says it. */
function toDialError(error: unknown, signal: CancelSignal): DialError {
  if (signal.aborted) return new DialError('http', 'cancelled');
  if (error instanceof DialError) return error;
  return new DialError('http', error instanceof ResponseFault ? error.fault : 'reset');
}

/** One request and its answer: what is parsed, what waits to be read, and how it ended. */
class StreamedExchange {
  readonly #channel: ByteChannel;
  readonly #request: Sent;
  readonly #parser: ResponseParser;
  #pieces: Uint8Array[] = [];
  #bodyBytes = 0;
  #isSent: boolean = false;
  #hasLeftover: boolean = false;
  #end: ((end: StreamEnd) => void) | null = null;
  #failure: DialError | null = null;
  readonly ended: Promise<StreamEnd>;

  constructor(channel: ByteChannel, request: Sent, llhttp: Llhttp) {
    this.#channel = channel;
    this.#request = request;
    const replyTo = request.method === 'HEAD' ? 'HEAD' : 'other';
    this.#parser = new ResponseParser(llhttp, replyTo, DEFAULT_RESPONSE_LIMITS, (bytes) => {
      this.#bodyBytes += bytes.byteLength;
      this.#pieces.push(bytes);
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Whether the channel is where it was before: all that was said belongs to this exchange, and all of it is over. */
  #isClean(): boolean {
    return this.#isSent && !this.#hasLeftover && this.#parser.isPersistent();
  }

  /** Ends it once, for whatever reason. */
  finish(failure: DialError | null): void {
    if (this.#end === null) return;
    const end = this.#end;
    this.#end = null;
    this.#failure = failure;
    const { keep } = this.#request;
    if (failure === null && keep !== null && this.#isClean()) keep(this.#channel);
    else this.#channel.close();
    this.#parser.free();
    end({ bodyBytes: this.#bodyBytes, failure });
  }

  /** Why it ended, where the connection's own end is only what came of that. */
  failureOf(error: unknown): DialError {
    return this.#failure ?? toDialError(error, this.#request.signal);
  }

  /** Sends all that is there. A body that is a stream goes on by itself; when it breaks off, so does the answer. */
  async send({ deadline, headMs }: Parts): Promise<void> {
    const { head, body, uploadMs, onSending } = this.#request;
    onSending();
    const whole = body instanceof Uint8Array ? joinBytes([head, body]) : head;
    // A failed write shows in the read as well, where an early answer still counts.
    const isWritten = await this.#channel.write(whole, deadline).then(
      () => true,
      () => false,
    );
    onSending();
    if (body === null || body instanceof Uint8Array) {
      this.#isSent = isWritten;
      return;
    }
    // A server that refuses early closes while we still send: what it said is read all the same.
    deadline.restart(uploadMs);
    pump(this.#channel, body, this.#request).then(
      () => {
        this.#isSent = isWritten;
        deadline.restart(headMs);
      },
      (error: unknown) => {
        if (error instanceof ConnectionLost) deadline.restart(headMs);
        else this.finish(error instanceof DialError ? error : new DialError('http', 'cancelled'));
      },
    );
  }

  /** Reads and parses what comes next. True when the answer is complete. */
  async advance(deadline: Deadline): Promise<boolean> {
    const bytes = await this.#channel.reader.readSome(deadline);
    if (this.#request.signal.aborted || this.#end === null) throw new DialError('http', 'cancelled');
    if (bytes) {
      const { done, leftover } = this.#parser.feed(bytes);
      this.#hasLeftover = leftover.byteLength > 0;
      return done;
    }
    if (!this.#parser.hasHead()) throw new ConnectionLost();
    this.#parser.end();
    return true;
  }

  hasHead(): boolean {
    return this.#parser.hasHead();
  }

  head() {
    const { status, headers } = this.#parser.response();
    return { status, headers };
  }

  /** What has come of the body since it was asked for last; null: nothing. */
  takeBody(): Uint8Array | null {
    const [first, ...more] = this.#pieces;
    this.#pieces = [];
    return first !== undefined && more.length > 0 ? joinBytes([first, ...more]) : (first ?? null);
  }

  /** What is left of the body, read as it is asked for. */
  rest(): ReadableStream<Uint8Array> {
    let isDone = false;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            let bytes = this.takeBody();
            while (bytes === null && !isDone) {
              isDone = await within(this.#request, (deadline) => this.advance(deadline));
              bytes = this.takeBody();
            }
            if (bytes !== null) controller.enqueue(bytes);
            if (!isDone) return;
            controller.close();
            this.finish(null);
          } catch (error) {
            const failure = this.failureOf(error);
            controller.error(failure);
            this.finish(failure);
          }
        },
        cancel: () => this.finish(new DialError('http', 'cancelled')),
      },
      { highWaterMark: 0 },
    );
  }
}

/**
 * One request over a channel that serves nothing else meanwhile, up to the head of its answer; body and answer are passed on as they
 * come, with no more than one piece of each in memory. Interim answers (1xx) are taken and dropped.
 */
export async function streamExchange(channel: ByteChannel, request: Sent, parts: Parts): Promise<Streamed> {
  const exchange = new StreamedExchange(channel, request, parts.llhttp);
  const startedAtMs = parts.clock.nowMs();
  try {
    await exchange.send(parts);
    let isDone = await exchange.advance(parts.deadline);
    const firstByteMs = parts.clock.nowMs() - startedAtMs;
    while (!isDone && !exchange.hasHead()) isDone = await exchange.advance(parts.deadline);
    const { ended } = exchange;
    const head = { ...exchange.head(), firstByteMs, ended };
    if (!isDone) {
      // Whoever gives up while nobody reads must not leave the connection open.
      request.signal.addEventListener('abort', () => exchange.finish(new DialError('http', 'cancelled')));
      return { ...head, body: exchange.rest() };
    }
    const body = exchange.takeBody();
    exchange.finish(null);
    return { ...head, body };
  } catch (error) {
    const failure = exchange.failureOf(error);
    exchange.finish(failure);
    throw failure;
  }
}
