import type { ProxiedRequest } from '../../ops/requests/request-log.types.ts';
import { joinBytes } from '../../platform/bytes.ts';
import { watchedStream } from '../../platform/http/watched-stream.ts';
import { MAX_LOGGED_BODY_BYTES } from '../../platform/log/redact-exchange.ts';

/** One more than is kept, which tells a body that ends there from one that goes on. */
const MAX_CAPTURED_BYTES = MAX_LOGGED_BODY_BYTES + 1;

/** The first bytes of a body, as they go by. */
class Beginning {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  get isFull(): boolean {
    return this.length === MAX_CAPTURED_BYTES;
  }

  add(piece: Uint8Array): void {
    if (this.isFull) return;
    // A copy: the piece itself goes on to others.
    const kept = piece.slice(0, MAX_CAPTURED_BYTES - this.length);
    this.pieces.push(kept);
    this.length += kept.byteLength;
  }

  bytes(): Uint8Array {
    return joinBytes(this.pieces);
  }
}

/** What of the bodies of one call goes into the request log, when the owner of its proxy asks for it. */
export interface BodyCapture {
  /** The same bytes; the first of them are kept. */
  request(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** As `request`, for what the caller is answered. An announced length stays announced. */
  response(body: ReadableStream<Uint8Array>, contentLength: number | null): ReadableStream<Uint8Array>;
  /** When there is no more to come that would be kept: the answer has ended, or more of it went by than is kept. */
  captured(): Promise<Pick<ProxiedRequest, 'requestBody' | 'responseBody'>>;
}

export function createBodyCapture(): BodyCapture {
  const sent = new Beginning();
  const answered = new Beginning();
  let isComplete: Promise<void> = Promise.resolve();
  return {
    request: (body) => watchedStream(body.getReader(), { onPiece: (piece) => sent.add(piece) }),
    response(body, contentLength) {
      const { promise, resolve } = Promise.withResolvers<void>();
      isComplete = promise;
      const onPiece = (piece: Uint8Array) => {
        answered.add(piece);
        if (answered.isFull) resolve();
      };
      const stream = watchedStream(body.getReader(), { onPiece, onEnd: resolve });
      return contentLength === null ? stream : stream.pipeThrough(new FixedLengthStream(contentLength));
    },
    async captured() {
      await isComplete;
      const [requestBody, responseBody] = [sent.bytes(), answered.bytes()];
      return { ...(requestBody.length > 0 && { requestBody }), ...(responseBody.length > 0 && { responseBody }) };
    },
  };
}
