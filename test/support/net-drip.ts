import type { Socket } from 'node:net';

/** Between two drips: long enough to be packets of their own, short enough for a test. */
const DRIP_INTERVAL_MS = 5;

/** Sends bytes one by one, each in its own packet, until they end or the peer leaves. */
export function drip(socket: Socket, bytes: Uint8Array, then: () => void = () => {}): void {
  let next = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || next >= bytes.byteLength) {
      clearInterval(timer);
      if (!socket.destroyed) then();
      return;
    }
    socket.write(bytes.subarray(next, next + 1));
    next += 1;
  }, DRIP_INTERVAL_MS);
}
