import { joinBytes } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { ConnectionLost } from './byte-reader.ts';
import type { ByteChannel } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { DialError } from './dial-error.ts';
import {
  type HttpResponse,
  ResponseFault,
  type ResponseLimits,
  ResponseParser,
  type ResponseTo,
} from './http-response.ts';
import type { Llhttp } from './llhttp/llhttp.ts';

export interface ExchangeRequest {
  head: Uint8Array;
  body: Uint8Array | null;
  replyTo: ResponseTo;
}

export interface ExchangeResult extends HttpResponse {
  /** From the first byte written to the first byte read, in milliseconds. */
  firstByteMs: number;
}

/** Answers in an encoding that was not asked for are refused, so nothing is ever inflated. */
function assertIdentity(response: HttpResponse): void {
  for (const [name, value] of response.headers) {
    if (name.toLowerCase() !== 'content-encoding') continue;
    if (value !== '' && value.toLowerCase() !== 'identity') throw new DialError('http', 'encoding_unsupported');
  }
}

/**
 * One request and its answer over a channel that serves nothing else. Bytes beyond the answer are ignored: the channel
 * is closed after it. The answer is read while the request is still being written, since a server may refuse early.
 */
export async function exchange(
  channel: ByteChannel,
  request: ExchangeRequest,
  options: { llhttp: Llhttp; limits: ResponseLimits; clock: Clock; deadline: Deadline },
): Promise<ExchangeResult> {
  const { clock, deadline } = options;
  const startedAtMs = clock.nowMs();
  let firstByteMs: number | null = null;
  const parser = new ResponseParser(options.llhttp, request.replyTo, options.limits);
  // A failed write shows in the read as well, where an early answer still counts.
  channel.write(request.body ? joinBytes([request.head, request.body]) : request.head, deadline).catch(() => {});
  try {
    for (;;) {
      const bytes = await channel.reader.readSome(deadline);
      if (!bytes) {
        if (firstByteMs === null) throw new ConnectionLost();
        parser.end();
        break;
      }
      firstByteMs ??= clock.nowMs() - startedAtMs;
      if (parser.feed(bytes).done) break;
    }
    const response = parser.response();
    if (request.replyTo !== 'head_only') assertIdentity(response);
    return { ...response, firstByteMs };
  } catch (error) {
    if (error instanceof ResponseFault) throw new DialError('http', error.fault);
    throw error;
  } finally {
    parser.free();
  }
}
