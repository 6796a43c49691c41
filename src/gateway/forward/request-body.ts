import { appError } from '../../platform/errors/app-error.ts';
import { mergeJson, takesFields } from './json-merge.model.ts';

/** A body into which fields are merged is read as a whole; all others are streamed, whatever their size. */
export const MAX_MERGED_BODY_BYTES = 4 * 1024 * 1024;

export interface OutgoingBody {
  content: ReadableStream | string | null;
  /** Resolves when all of it is sent; rejects when the caller breaks off. */
  sent: Promise<void>;
}

async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > MAX_MERGED_BODY_BYTES) {
      const message = `A body that fields are added to may have ${MAX_MERGED_BODY_BYTES} bytes at most.`;
      throw appError('PAYLOAD_TOO_LARGE', { message });
    }
    chunks.push(chunk);
  }
  return new Blob(chunks).text();
}

/**
 * The body for the target: the caller's as a stream, or with the configured fields in it. Sets `content-type` when an empty
 * body gets fields. Throws `INVALID_JSON` and `PAYLOAD_TOO_LARGE` where fields are to be merged.
 */
export async function outgoingBody(
  request: Request,
  headers: Headers,
  data: Readonly<Record<string, unknown>>,
): Promise<OutgoingBody> {
  if (takesFields(request.method, request.headers.get('content-type'), data)) {
    const merged = mergeJson(request.body === null ? '' : await readText(request.body), data);
    if (merged === null) throw appError('INVALID_JSON', { message: 'The request body is not a JSON object.' });
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    return { content: merged, sent: Promise.resolve() };
  }
  if (request.body === null) return { content: null, sent: Promise.resolve() };
  const length = request.headers.get('content-length');
  // Both are pumped by the runtime: no chunk passes through JavaScript, and an announced length stays announced.
  const stream = length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length));
  return { content: stream.readable, sent: request.body.pipeTo(stream.writable) };
}
