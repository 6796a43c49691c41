import { appError } from '../../platform/errors/app-error.ts';
import { announcedLength, BODY_IDLE_MS } from '../../platform/http/passed-body.ts';
import { piecesInTime } from '../../platform/http/pieces-in-time.ts';
import { readWithin } from '../../platform/http/read-within.ts';
import { mergeJson, takesFields } from './json-merge.model.ts';

/** A body into which fields are merged is read as a whole; all others are streamed, whatever their size. */
export const MAX_MERGED_BODY_BYTES = 4 * 1024 * 1024;

export interface OutgoingBody {
  /** Anything but a stream, which is the caller's own, can be sent again. */
  content: ReadableStream<Uint8Array> | Blob | string | null;
  /** Of a stream, if its length was announced. */
  contentLength: number | null;
}

interface MadeBody extends OutgoingBody {
  /** What it is called, if it is made here out of nothing. */
  contentType: string | null;
}

interface OutgoingBodyOptions {
  /** The request's. */
  body: ReadableStream<Uint8Array> | null;
  /** Fields to be merged into JSON. */
  data: Readonly<Record<string, unknown>>;
  keptBytes: number;
  /** How long a body that is read first may stand still. */
  idleMs?: number;
}

function whole(content: Blob | string | null): MadeBody {
  return { content, contentLength: null, contentType: null };
}

/** All of a body. Throws `PAYLOAD_TOO_LARGE`, `REQUEST_TIMEOUT`. */
async function readWhole(stream: ReadableStream<Uint8Array>, idleMs: number): Promise<Blob> {
  const body = await readWithin(piecesInTime(stream.getReader(), idleMs), MAX_MERGED_BODY_BYTES);
  if (body !== null) return body;
  const message = `A body that fields are added to may have ${MAX_MERGED_BODY_BYTES} bytes at most.`;
  throw appError('PAYLOAD_TOO_LARGE', { message });
}

/**
 * The body for the target: the caller's as a stream, or with the configured fields in it. One of an announced length of at
 * most `keptBytes` is read first, so that it can be sent again. Throws `REQUEST_TIMEOUT` where one is read that stands still,
 * `INVALID_JSON` and `PAYLOAD_TOO_LARGE` where fields are to be merged.
 */
export async function outgoingBody(
  request: Request,
  { body, data, keptBytes, idleMs = BODY_IDLE_MS }: OutgoingBodyOptions,
): Promise<MadeBody> {
  if (takesFields(request.method, request.headers.get('content-type'), data)) {
    const merged = mergeJson(body === null ? '' : await (await readWhole(body, idleMs)).text(), data);
    if (merged === null) throw appError('INVALID_JSON', { message: 'The request body is not a JSON object.' });
    return { ...whole(merged), contentType: request.headers.has('content-type') ? null : 'application/json' };
  }
  if (body === null) return whole(null);
  const contentLength = announcedLength(request.headers);
  if (contentLength !== null && contentLength <= keptBytes) return whole(await readWhole(body, idleMs));
  return { content: body, contentLength, contentType: null };
}
