import { joinBytes } from '../../platform/bytes.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { noBody } from '../../platform/http/passed-body.ts';
import { piecesInTime } from '../../platform/http/pieces-in-time.ts';
import { watchedStream } from '../../platform/http/watched-stream.ts';
import type { BodySource } from '../../platform/net/dialer.ts';

/** One request body (contract, "Data plane"). */
export const MAX_FORWARD_BODY_BYTES = 10 * 1024 * 1024;
/** A body of this size is kept until the answer is there, so that it can be sent again; longer ones pass through once. */
export const MAX_REPLAYED_BODY_BYTES = 1024 * 1024;

export interface ForwardBody {
  content: Uint8Array | BodySource | null;
  bytes(): number;
  /** Whether it turned out longer than allowed while it was passed on. */
  isTooLarge(): boolean;
}

function tooLarge(): never {
  throw appError('PAYLOAD_TOO_LARGE', { message: `A body may have ${MAX_FORWARD_BODY_BYTES} bytes at most.` });
}

/** What was read already, then the rest, up to the limit. */
function passOn(first: readonly Uint8Array[], reader: ReadableStreamDefaultReader<Uint8Array>) {
  let bytes = 0;
  const isTooLarge = () => bytes > MAX_FORWARD_BODY_BYTES;
  const onPiece = ({ byteLength }: Uint8Array) => {
    bytes += byteLength;
    if (isTooLarge()) throw new RangeError('the body is too large');
  };
  return { stream: watchedStream(reader, { first, onPiece }), bytes: () => bytes, isTooLarge };
}

interface TakeOptions {
  /** It may have to be sent again. */
  isReplayed: boolean;
  /** How long it may stand still. */
  idleMs: number;
}

/**
 * Takes a request's body in as far as it is to be kept, or prepares it to be passed on: one that is too long, or that would
 * not be sent again and whose length nobody knows. Throws `PAYLOAD_TOO_LARGE`, `REQUEST_TIMEOUT`.
 */
export async function takeBody(request: Request, { isReplayed, idleMs }: TakeOptions): Promise<ForwardBody> {
  if (request.body === null) return { content: noBody(request.method), bytes: () => 0, isTooLarge: () => false };
  // One that is no plain number is none: framing is by what comes.
  const [announced] = /^\d{1,15}$/.exec(request.headers.get('content-length') ?? '') ?? [];
  const contentLength = announced === undefined ? null : Number(announced);
  if (contentLength !== null && contentLength > MAX_FORWARD_BODY_BYTES) tooLarge();
  const reader = request.body.getReader();
  const pieces: Uint8Array[] = [];
  const isKept = contentLength === null ? isReplayed : contentLength <= MAX_REPLAYED_BODY_BYTES;
  if (isKept) {
    let bytes = 0;
    for await (const piece of piecesInTime(reader, idleMs)) {
      pieces.push(piece);
      bytes += piece.byteLength;
      if (bytes > MAX_REPLAYED_BODY_BYTES) break;
    }
    if (bytes <= MAX_REPLAYED_BODY_BYTES) {
      return { content: joinBytes(pieces), bytes: () => bytes, isTooLarge: () => false };
    }
  }
  const passed = passOn(pieces, reader);
  return { content: { stream: passed.stream, contentLength }, bytes: passed.bytes, isTooLarge: passed.isTooLarge };
}
