import type { PlatformSocket } from '../../src/platform/net/connection.ts';

export interface FakeSocketOptions {
  /** What the peer sends, piece by piece; then it closes unless `staysOpen`. */
  pieces?: Uint8Array[];
  staysOpen?: boolean;
  /** Defaults to open at once; `hang` never opens, `refuse` fails as the runtime does. */
  opening?: 'open' | 'hang' | 'refuse';
}

export interface FakeSocket extends PlatformSocket {
  /** All that was written, joined. */
  written(): Uint8Array;
  closeCalls: number;
}

/**
 * A stand-in for the platform's socket with its measured quirks: a refused connect still reads as a clean end, `close()`
 * never settles while a connect hangs, `closed` and `close()` reject with nothing at all, and writes before `opened` are
 * queued (here: an error, since nobody may do it).
 */
export function fakeSocket(options: FakeSocketOptions = {}): FakeSocket {
  const { pieces = [], staysOpen = false, opening = 'open' } = options;
  const never = new Promise<never>(() => {});
  const refused = Promise.reject(new Error('proxy request failed, cannot connect to the specified address'));
  refused.catch(() => {});
  const remaining = [...pieces];
  const writes: Uint8Array[] = [];
  return {
    closeCalls: 0,
    readable: new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = remaining.shift();
        if (piece) controller.enqueue(piece.slice());
        else if (!staysOpen) controller.close();
        return undefined;
      },
    }),
    writable: new WritableStream<Uint8Array>({
      write(bytes) {
        if (opening !== 'open') throw new Error('Written before it was open.');
        writes.push(bytes.slice());
      },
    }),
    opened: opening === 'open' ? Promise.resolve({}) : opening === 'hang' ? never : refused,
    /** Made when asked for, so that whoever asks must handle it. */
    get closed() {
      return opening === 'open' ? Promise.reject(undefined) : never;
    },
    close() {
      this.closeCalls += 1;
      return opening === 'hang' ? never : Promise.reject(undefined);
    },
    written() {
      return Uint8Array.from(writes.flatMap((bytes) => [...bytes]));
    },
  };
}
