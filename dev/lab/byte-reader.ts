import type { Socket } from 'node:net';

/** No handshake of the lab is longer. */
const MAX_HANDSHAKE_BYTES = 4_096;

/** Reads exact amounts from a socket; what is left over can be put back. */
export interface ByteReader {
  /** Exactly `count` bytes; rejects when the peer ends first or sends too much. */
  read(count: number): Promise<Buffer>;
  /** Bytes up to a zero byte, which is taken but not returned. */
  readToZero(): Promise<Buffer>;
  /** Stops reading and puts the rest back, so that the socket can be piped. */
  detach(): void;
}

/** Takes over reading of `socket` until `detach`. */
export function createByteReader(socket: Socket): ByteReader {
  let held: Buffer = Buffer.alloc(0);
  let ended = false;
  let wake: () => void = () => {};
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  };
  const onEnd = () => {
    ended = true;
    wake();
  };
  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('close', onEnd);

  async function take(findLength: () => number, skipped: number): Promise<Buffer> {
    for (;;) {
      const length = findLength();
      if (length >= 0) {
        const taken = held.subarray(0, length);
        held = held.subarray(length + skipped);
        return taken;
      }
      if (ended || held.length > MAX_HANDSHAKE_BYTES) throw new Error('The client broke off its handshake.');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    read: (count) => take(() => (held.length >= count ? count : -1), 0),
    readToZero: () => take(() => held.indexOf(0), 1),
    detach() {
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      socket.pause();
      if (held.length > 0) socket.unshift(held);
    },
  };
}
