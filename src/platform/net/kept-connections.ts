import { runtimeTimers, type Timers } from '../timers.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteChannel } from './connection.ts';

/** How long a connection waits for another request: common servers close what is idle for five seconds or more. */
export const MAX_IDLE_MS = 5_000;

/** A connection that has served before. */
export interface UsedConnection {
  channel: ByteChannel;
  /** Whether it has said anything since. If it ends without a word, its peer has closed it meanwhile. */
  hasAnswered(): boolean;
}

/** Reads on where a read was begun already. */
function readOn({ reader }: ByteChannel, begun: Promise<Uint8Array | null>) {
  let next: Promise<Uint8Array | null> | null = begun;
  let hasAnswered = false;
  const read = async () => {
    const reading = next ?? reader.readSome(null);
    next = null;
    const bytes = await reading;
    hasAnswered ||= bytes !== null;
    return bytes;
  };
  return { reader: new ByteReader({ read, cancel: () => reader.cancel() }), hasAnswered: () => hasAnswered };
}

interface Waiting extends UsedConnection {
  way: string;
  callOff(): void;
}

/**
 * The connection of one invocation that waits for another request of it: a single one, since each takes one of the six that
 * the platform allows, and never that of another invocation, since the platform ties a socket to the one that opened it.
 */
export class KeptConnections {
  readonly #timers: Timers;
  #waiting: Waiting | null = null;
  #isClosed: boolean = false;

  constructor(timers: Timers = runtimeTimers) {
    this.#timers = timers;
  }

  /** Takes a connection over that is between two requests. Whatever its peer says now closes it, be it the end. */
  keep(way: string, channel: ByteChannel): void {
    this.#drop();
    if (this.#isClosed) {
      channel.close();
      return;
    }
    const begun = channel.reader.readSome(null);
    const { reader, hasAnswered } = readOn(channel, begun);
    const drop = () => {
      if (this.#waiting === waiting) this.#drop();
    };
    const waiting: Waiting = {
      way,
      channel: { reader, write: (bytes, deadline) => channel.write(bytes, deadline), close: () => channel.close() },
      hasAnswered,
      callOff: this.#timers.after(MAX_IDLE_MS, drop),
    };
    this.#waiting = waiting;
    begun.then(drop, drop);
  }

  /** Gives the connection away that leads this way; null when there is none. */
  async take(way: string): Promise<UsedConnection | null> {
    const waiting = this.#waiting;
    if (waiting?.way !== way) return null;
    // What has come by now is heard of first: on a busy machine it may have been there for long.
    await new Promise<void>((resolve) => void this.#timers.after(0, resolve));
    if (this.#waiting !== waiting) return null;
    this.#waiting = null;
    waiting.callOff();
    return waiting;
  }

  /** No other request comes: what waits is closed, and so is all that would wait later. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  #drop(): void {
    this.#waiting?.callOff();
    this.#waiting?.channel.close();
    this.#waiting = null;
  }
}
