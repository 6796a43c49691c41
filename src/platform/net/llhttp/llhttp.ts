/** Largest piece handed to the parser at once; longer chunks go in as several. One buffer of this size serves an isolate. */
export const PARSER_BUFFER_BYTES = 64 * 1024;

/** llhttp's `HTTP_RESPONSE` and the error numbers that are no errors (include/llhttp.h). */
const TYPE_RESPONSE = 2;
const OK = 0;
const PAUSED = 21;
const PAUSED_UPGRADE = 22;

/** What `onHeadersComplete` may answer. */
export const AFTER_HEADERS = {
  /** Read the body that the headers announce. */
  readBody: 0,
  /** There is no body, whatever the headers say (an answer to HEAD). */
  noBody: 1,
  /** Stop here: what follows is not HTTP (a tunnel). */
  stop: 2,
  fail: -1,
} as const;

/** Answer of the other callbacks: go on, stop here with what follows left over, or give up. */
export const AFTER_CALL = { goOn: 0, stop: PAUSED, fail: -1 } as const;

/**
 * Callbacks get copies, in pieces: a name or value may come in several, each byte as the code point of its number. They must
 * not feed or free the parser.
 */
export interface LlhttpHandlers {
  onHeaderField(text: string): number;
  onHeaderValue(text: string): number;
  onHeadersComplete(statusCode: number): number;
  onBody(bytes: Uint8Array): number;
  onMessageComplete(): number;
}

export interface LlhttpParser {
  /** Parses a piece; `consumed` tells how far it came when it stopped or failed. */
  execute(bytes: Uint8Array): { outcome: 'more' | 'stopped' | 'failed'; consumed: number };
  /** Tells that the stream ended; false when a message was still incomplete. */
  finish(): boolean;
  /** The major version of the message whose head is complete; may be asked within a callback. */
  majorVersion(): number;
  /**
   * Whether another message may follow on the connection (RFC 9112 section 9.3): HTTP/1.1, its end known by its framing,
   * and nobody announced to close. To be asked when a message is complete, within the callback.
   */
  isPersistent(): boolean;
  /** Frees its memory; the parser is unusable then. Further calls do nothing. */
  free(): void;
}

export interface Llhttp {
  createResponseParser(handlers: LlhttpHandlers): LlhttpParser;
  /** Size of the module's memory, in bytes: it only grows, so it tells of parsers that were never freed. */
  memoryBytes(): number;
}

interface LlhttpExports {
  memory: WebAssembly.Memory;
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_get_http_major(parser: number): number;
  llhttp_get_http_minor(parser: number): number;
  llhttp_should_keep_alive(parser: number): number;
}

const FUNCTIONS = [
  'malloc',
  'llhttp_alloc',
  'llhttp_free',
  'llhttp_execute',
  'llhttp_finish',
  'llhttp_get_error_pos',
  'llhttp_get_http_major',
  'llhttp_get_http_minor',
  'llhttp_should_keep_alive',
] as const;

function assertExports(exports: unknown): asserts exports is LlhttpExports {
  const table = exports as Record<string, unknown>;
  const isComplete = FUNCTIONS.every((name) => typeof table[name] === 'function');
  if (!isComplete || !(table.memory instanceof WebAssembly.Memory)) throw new TypeError('llhttp.wasm lacks an export.');
}

/** What a call may have of arguments without growing the stack for it. */
const MAX_CODES = 1_024;

/** As Latin-1: `TextDecoder` makes windows-1252 of that, which differs from 0x80. Not spread: that asks an iterator for each byte. */
function decodeLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += MAX_CODES) {
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(at, at + MAX_CODES));
  }
  return text;
}

/**
 * Starts llhttp. Everything in it is synchronous, so one instance serves all responses of an isolate: a parser is a
 * pointer, and calls never overlap.
 */
export function instantiateLlhttp(module: WebAssembly.Module): Llhttp {
  const handlersByParser = new Map<number, LlhttpHandlers>();

  const call = (parser: number, act: (handlers: LlhttpHandlers) => number): number => {
    const handlers = handlersByParser.get(parser);
    return handlers ? act(handlers) : AFTER_CALL.fail;
  };
  const instance = new WebAssembly.Instance(module, {
    env: {
      wasm_on_message_begin: () => 0,
      wasm_on_url: () => 0,
      wasm_on_status: () => 0,
      wasm_on_header_field: (parser: number, at: number, length: number) =>
        call(parser, (handlers) => handlers.onHeaderField(decodeLatin1(bytesAt(at, length)))),
      wasm_on_header_value: (parser: number, at: number, length: number) =>
        call(parser, (handlers) => handlers.onHeaderValue(decodeLatin1(bytesAt(at, length)))),
      wasm_on_headers_complete: (parser: number, statusCode: number) =>
        call(parser, (handlers) => handlers.onHeadersComplete(statusCode)),
      wasm_on_body: (parser: number, at: number, length: number) =>
        call(parser, (handlers) => handlers.onBody(bytesAt(at, length).slice())),
      wasm_on_message_complete: (parser: number) => call(parser, (handlers) => handlers.onMessageComplete()),
    },
  });
  const exports: unknown = instance.exports;
  assertExports(exports);
  const llhttp = exports;
  const buffer = llhttp.malloc(PARSER_BUFFER_BYTES);

  // The memory may have grown, which detaches older views: a new view each time.
  function bytesAt(at: number, length: number): Uint8Array {
    return new Uint8Array(llhttp.memory.buffer, at, length);
  }

  function createResponseParser(handlers: LlhttpHandlers): LlhttpParser {
    let parser: number | null = llhttp.llhttp_alloc(TYPE_RESPONSE);
    handlersByParser.set(parser, handlers);
    return {
      execute(bytes) {
        if (parser === null) return { outcome: 'failed', consumed: 0 };
        for (let offset = 0; offset < bytes.byteLength; offset += PARSER_BUFFER_BYTES) {
          const piece = bytes.subarray(offset, offset + PARSER_BUFFER_BYTES);
          bytesAt(buffer, piece.byteLength).set(piece);
          const result = llhttp.llhttp_execute(parser, buffer, piece.byteLength);
          if (result === OK) continue;
          const consumed = offset + (llhttp.llhttp_get_error_pos(parser) - buffer);
          return { outcome: result === PAUSED || result === PAUSED_UPGRADE ? 'stopped' : 'failed', consumed };
        }
        return { outcome: 'more', consumed: bytes.byteLength };
      },
      finish() {
        if (parser === null) return false;
        const result = llhttp.llhttp_finish(parser);
        return result === OK || result === PAUSED;
      },
      majorVersion() {
        return parser === null ? 0 : llhttp.llhttp_get_http_major(parser);
      },
      isPersistent() {
        if (parser === null || llhttp.llhttp_get_http_minor(parser) !== 1) return false;
        return llhttp.llhttp_should_keep_alive(parser) !== 0;
      },
      free() {
        if (parser === null) return;
        handlersByParser.delete(parser);
        llhttp.llhttp_free(parser);
        parser = null;
      },
    };
  }

  return { createResponseParser, memoryBytes: () => llhttp.memory.buffer.byteLength };
}
