import { joinBytes, NO_BYTES } from '../bytes.ts';
import type { Deadline } from './deadline.ts';

/** The peer closed or reset the connection where more was expected. */
export class ConnectionLost extends Error {
  constructor() {
    super('The connection ended.');
    this.name = 'ConnectionLost';
  }
}

/** Handshakes read a few bytes, a SOCKS5 name at most 262: larger requests are a defect of the caller. */
export const MAX_EXACT_READ_BYTES = 64 * 1024;

/** Where bytes come from, in pieces of its own choosing; it is asked for one at a time. */
export interface ByteSource {
  /** The next bytes, or null at the end. Rejects with `ConnectionLost`, or with a `DialError` that says more. */
  read(): Promise<Uint8Array | null>;
  /** Nothing more is wanted; a read that waits ends. */
  cancel(): void;
}

export function sourceOver(stream: ReadableStream<Uint8Array>): ByteSource {
  const reader = stream.getReader();
  let isReading = false;
  return {
    async read() {
      isReading = true;
      try {
        const { done, value } = await reader.read();
        return done ? null : value;
      } catch {
        throw new ConnectionLost();
      } finally {
        isReading = false;
      }
    },
    cancel() {
      // Where no read waits there is nothing to end: whoever gives the stream up closes what it comes from.
      if (isReading) reader.cancel().catch(() => {});
    },
  };
}

/** Reads bytes in pieces of the reader's choosing; what was read too far can be given back. */
export class ByteReader {
  readonly #source: ByteSource;
  #unread: Uint8Array = NO_BYTES;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Puts bytes in front of what comes next. */
  unread(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#unread = joinBytes([bytes, this.#unread]);
  }

  /**
   * The next bytes, at least one, or null at the end. Rejects with `ConnectionLost` on a reset, or with the `DialError` of
   * a layer beneath. No deadline: only for a layer above, whose own reader has one.
   */
  async readSome(deadline: Deadline | null): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#unread.byteLength > 0) {
        const bytes = this.#unread;
        this.#unread = NO_BYTES;
        return bytes;
      }
      const reading = this.#source.read();
      const bytes = await (deadline ? deadline.guard(reading) : reading);
      if (!bytes) return null;
      this.#unread = bytes;
    }
  }

  /** Exactly this many bytes; an end before them is a `ConnectionLost`. Bytes beyond stay for the next read. */
  async readExactly(byteCount: number, deadline: Deadline): Promise<Uint8Array> {
    if (byteCount > MAX_EXACT_READ_BYTES) throw new RangeError('A read this large has no place in a handshake.');
    const bytes = new Uint8Array(byteCount);
    let filled = 0;
    while (filled < byteCount) {
      const piece = await this.readSome(deadline);
      if (!piece) throw new ConnectionLost();
      const taken = piece.subarray(0, byteCount - filled);
      bytes.set(taken, filled);
      filled += taken.byteLength;
      this.unread(piece.subarray(taken.byteLength));
    }
    return bytes;
  }

  /** Gives the source up, a pending read included. */
  cancel(): void {
    this.#source.cancel();
  }
}
