import { NO_BYTES } from '../bytes.ts';
import { AFTER_CALL, AFTER_HEADERS, type Llhttp, type LlhttpParser } from './llhttp/llhttp.ts';

/** How much of an answer is taken, in bytes and counts. */
export interface ResponseLimits {
  maxHeaderBytes: number;
  maxHeaderCount: number;
  maxBodyBytes: number;
}

/** 16 KiB of headers is what Node allows; 64 KiB of body is many times a judge's answer. */
export const DEFAULT_RESPONSE_LIMITS: ResponseLimits = {
  maxHeaderBytes: 16 * 1024,
  maxHeaderCount: 128,
  maxBodyBytes: 64 * 1024,
};

/** Interim (1xx) answers before the real one: a server sends one or two, an attacker never stops. */
export const MAX_INTERIM_RESPONSES = 8;

/** Framing costs at most six bytes a body byte in one-byte chunks; beyond that it is chunk extensions for their own sake. */
export const MAX_WIRE_BYTES_PER_BODY_BYTE = 8;

export interface HttpResponse {
  status: number;
  /** In the order and spelling received; values as Latin-1, without surrounding white space. */
  headers: [name: string, value: string][];
  body: Uint8Array;
}

/** Why an answer can't be used; the dialer says at which stage. `reset`: it ended too early. */
export class ResponseFault extends Error {
  readonly fault: 'http_protocol' | 'too_large' | 'reset';
  constructor(fault: 'http_protocol' | 'too_large' | 'reset') {
    super(fault);
    this.name = 'ResponseFault';
    this.fault = fault;
  }
}

/** What decides where an answer ends: no body after HEAD, a tunnel after CONNECT; `head_only` wants no more than its head. */
export type ResponseTo = 'HEAD' | 'CONNECT' | 'head_only' | 'other';

/** A loop, since the pattern for it takes quadratic time on a value full of blanks. */
function withoutTrailingSpace(value: string): string {
  let end = value.length;
  while (end > 0 && (value[end - 1] === ' ' || value[end - 1] === '\t')) end -= 1;
  return value.slice(0, end);
}

/** A body that is kept begins with so much room: a judge's answer has less. */
const MIN_BODY_BUFFER_BYTES = 1_024;

const FRAMING_HEADERS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

const CR = 0x0d;
const LF = 0x0a;

/** Finds the end of a head, and any CR in it that ends no line: llhttp lets `CR CR` pass for a line end. */
class HeadScanner {
  #isLineEmpty: boolean = true;
  #isAfterCr: boolean = false;

  /** How many bytes belong to the head: up to its empty line, or all. Null at a bare CR (RFC 9112 §2.2). */
  measure(bytes: Uint8Array): number | null {
    for (let index = 0; index < bytes.byteLength; index += 1) {
      const byte = bytes[index];
      if (this.#isAfterCr && byte !== LF) return null;
      this.#isAfterCr = byte === CR;
      if (byte === LF && this.#isLineEmpty) return index + 1;
      if (byte !== CR) this.#isLineEmpty = byte === LF;
    }
    return bytes.byteLength;
  }
}

/** Framing of a body that is passed on: what its head and its first chunks may take before the ratio counts. */
const STREAM_WIRE_ALLOWANCE_BYTES = 64 * 1024;

/**
 * One answer, parsed as it arrives. `feed` pieces until it says `done`, or `end` when the stream ends; both throw
 * `ResponseFault`. Stricter than llhttp in that a Transfer-Encoding must be exactly `chunked`, and a CR in a head part of
 * a line end. Call `free` at the end, whatever happened.
 */
export class ResponseParser {
  readonly #parser: LlhttpParser;
  readonly #limits: ResponseLimits;
  readonly #replyTo: ResponseTo;
  readonly #headScanner = new HeadScanner();
  /** Takes the body as it comes, of whatever size; null: it is kept. */
  readonly #passOn: ((bytes: Uint8Array) => void) | null;
  #fault: ResponseFault | null = null;
  #status = 0;
  #headers: [name: string, value: string][] = [];
  #isInValue: boolean = false;
  #hasFinalHead: boolean = false;
  #isDone: boolean = false;
  #isPersistent: boolean = false;
  #headerBytes = 0;
  #headerCount = 0;
  #interimCount = 0;
  #wireBytes = 0;
  /** Doubled as needed: one array a chunk would cost a hundred times the bytes of a dripping body. */
  #body: Uint8Array = NO_BYTES;
  #bodyBytes = 0;

  constructor(
    llhttp: Llhttp,
    replyTo: ResponseTo,
    limits: ResponseLimits,
    passOn: ((bytes: Uint8Array) => void) | null = null,
  ) {
    this.#limits = limits;
    this.#passOn = passOn;
    this.#replyTo = replyTo;
    this.#parser = llhttp.createResponseParser({
      onHeaderField: (text) => this.#onHeaderField(text),
      onHeaderValue: (text) => this.#onHeaderValue(text),
      onHeadersComplete: (statusCode) => this.#onHeadersComplete(statusCode),
      onBody: (bytes) => this.#onBody(bytes),
      onMessageComplete: () => this.#onMessageComplete(),
    });
  }

  /** Takes the next bytes. When `done`, `leftover` holds what lies beyond the answer. */
  feed(bytes: Uint8Array): { done: boolean; leftover: Uint8Array } {
    if (this.#isDone) throw new ResponseFault('http_protocol');
    let rest = bytes;
    // Head by head, as there may be interim ones: what follows the last is no head any more.
    while (!this.#hasFinalHead && rest.byteLength > 0) {
      const headBytes = this.#headScanner.measure(rest);
      if (headBytes === null) throw new ResponseFault('http_protocol');
      const { leftover } = this.#execute(rest.subarray(0, headBytes));
      rest = rest.subarray(headBytes - leftover.byteLength);
    }
    return this.#isDone ? { done: true, leftover: rest } : this.#execute(rest);
  }

  #execute(bytes: Uint8Array): { done: boolean; leftover: Uint8Array } {
    const { outcome, consumed } = this.#parser.execute(bytes);
    if (this.#fault) throw this.#fault;
    if (outcome === 'failed') throw new ResponseFault('http_protocol');
    this.#wireBytes += consumed;
    if (!this.#isDone && this.#wireBytes > this.#maxWireBytes()) throw new ResponseFault('too_large');
    return { done: this.#isDone, leftover: this.#isDone ? bytes.subarray(consumed) : NO_BYTES };
  }

  #maxWireBytes(): number {
    const { maxHeaderBytes, maxBodyBytes } = this.#limits;
    if (!this.#hasFinalHead) return 2 * maxHeaderBytes;
    const bodyBytes = this.#passOn ? STREAM_WIRE_ALLOWANCE_BYTES + this.#bodyBytes : maxBodyBytes;
    return 2 * maxHeaderBytes + MAX_WIRE_BYTES_PER_BODY_BYTE * bodyBytes;
  }

  /** Whether the head of the answer is there, interim ones aside. */
  hasHead(): boolean {
    return this.#hasFinalHead;
  }

  /** Whether the connection may serve another request after this answer, which is complete; what came beyond it aside. */
  isPersistent(): boolean {
    return this.#isPersistent;
  }

  /** The stream ended: right for a body without a length, too early for anything else. */
  end(): void {
    if (this.#isDone) return;
    if (!this.#hasFinalHead || !this.#parser.finish() || !this.#isDone) throw this.#fault ?? new ResponseFault('reset');
  }

  /** The answer, once `feed` said `done` or `end` returned. */
  response(): HttpResponse {
    return { status: this.#status, headers: this.#headers, body: this.#body.slice(0, this.#bodyBytes) };
  }

  free(): void {
    this.#parser.free();
  }

  #fail(fault: 'http_protocol' | 'too_large'): typeof AFTER_CALL.fail {
    this.#fault = new ResponseFault(fault);
    return AFTER_CALL.fail;
  }

  #countHeaderBytes(byteCount: number): number {
    this.#headerBytes += byteCount;
    return this.#headerBytes > this.#limits.maxHeaderBytes ? this.#fail('too_large') : AFTER_CALL.goOn;
  }

  #onHeaderField(text: string): number {
    // Trailers are counted and dropped: nobody asked for them, and they must not pass for headers.
    if (this.#hasFinalHead) return this.#countHeaderBytes(text.length + 4);
    const last = this.#headers.at(-1);
    if (last && !this.#isInValue) {
      last[0] += text;
      return this.#countHeaderBytes(text.length);
    }
    this.#headerCount += 1;
    if (this.#headerCount > this.#limits.maxHeaderCount) return this.#fail('too_large');
    this.#isInValue = false;
    this.#headers.push([text, '']);
    // Colon, space and line end count as well, or empty headers would be free.
    return this.#countHeaderBytes(text.length + 4);
  }

  #onHeaderValue(text: string): number {
    this.#isInValue = true;
    const last = this.#headers.at(-1);
    if (last && !this.#hasFinalHead) last[1] += text;
    return this.#countHeaderBytes(text.length);
  }

  #onHeadersComplete(statusCode: number): number {
    // llhttp takes HTTP/0.9 and HTTP/2.0 in text as well: neither exists.
    if (this.#parser.majorVersion() !== 1) return this.#fail('http_protocol');
    // llhttp cuts white space before a value only.
    for (const header of this.#headers) header[1] = withoutTrailingSpace(header[1]);
    if (statusCode < 200) {
      this.#interimCount += 1;
      // 101 was not asked for, and more than a few others are an attempt to keep us waiting.
      if (statusCode === 101 || this.#interimCount > MAX_INTERIM_RESPONSES) return this.#fail('http_protocol');
      this.#headers = [];
      this.#isInValue = false;
      return AFTER_HEADERS.noBody;
    }
    this.#hasFinalHead = true;
    this.#status = statusCode;
    if (this.#replyTo === 'CONNECT' || this.#replyTo === 'head_only') {
      this.#isDone = true;
      return AFTER_HEADERS.stop;
    }
    const codings = this.#headers.filter(([name]) => name.toLowerCase() === 'transfer-encoding');
    const isPlain = codings.length <= 1 && codings.every(([, value]) => value.toLowerCase() === 'chunked');
    if (!isPlain) return this.#fail('http_protocol');
    if (this.#replyTo === 'HEAD') return AFTER_HEADERS.noBody;
    const announced = this.#headers.find(([name]) => name.toLowerCase() === 'content-length');
    const hasBody = statusCode !== 204 && statusCode !== 304;
    if (hasBody && announced && !this.#passOn && Number(announced[1]) > this.#limits.maxBodyBytes)
      return this.#fail('too_large');
    return AFTER_HEADERS.readBody;
  }

  #onBody(bytes: Uint8Array): number {
    const filled = this.#bodyBytes;
    this.#bodyBytes += bytes.byteLength;
    if (this.#passOn) {
      this.#passOn(bytes);
      return AFTER_CALL.goOn;
    }
    if (this.#bodyBytes > this.#limits.maxBodyBytes) return this.#fail('too_large');
    if (this.#bodyBytes > this.#body.byteLength) {
      const grown = new Uint8Array(Math.max(this.#bodyBytes, MIN_BODY_BUFFER_BYTES, 2 * this.#body.byteLength));
      grown.set(this.#body.subarray(0, filled));
      this.#body = grown;
    }
    this.#body.set(bytes, filled);
    return AFTER_CALL.goOn;
  }

  #onMessageComplete(): number {
    if (!this.#hasFinalHead) return AFTER_CALL.goOn;
    this.#isDone = true;
    // A length beside chunks is how one answer is made to look like two (RFC 9112 section 6.3).
    const framings = this.#headers.filter(([name]) => FRAMING_HEADERS.has(name.toLowerCase()));
    this.#isPersistent = framings.length <= 1 && this.#parser.isPersistent();
    return AFTER_CALL.stop;
  }
}
