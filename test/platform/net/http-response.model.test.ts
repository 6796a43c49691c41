import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RESPONSE_LIMITS,
  type HttpResponse,
  MAX_INTERIM_RESPONSES,
  ResponseFault,
  type ResponseLimits,
  ResponseParser,
  type ResponseTo,
} from '../../../src/platform/net/http-response.ts';
import { llhttpInNode } from '../../support/llhttp-in-node.ts';

const llhttp = llhttpInNode();

type Outcome = (Omit<HttpResponse, 'body'> & { body: string; leftover: string }) | string;

/** Parses a whole stream in pieces of the given size; a fault comes back as its name. */
function parse(
  stream: string | Uint8Array,
  options: { replyTo?: ResponseTo; limits?: Partial<ResponseLimits>; pieceBytes?: number } = {},
): Outcome {
  const bytes = typeof stream === 'string' ? Uint8Array.from(stream, (character) => character.charCodeAt(0)) : stream;
  const limits = { ...DEFAULT_RESPONSE_LIMITS, ...options.limits };
  const parser = new ResponseParser(llhttp, options.replyTo ?? 'other', limits);
  const pieceBytes = options.pieceBytes ?? bytes.byteLength;
  let leftover = '';
  try {
    let isDone = false;
    let offset = 0;
    for (; !isDone && offset < bytes.byteLength; offset += pieceBytes) {
      const result = parser.feed(bytes.subarray(offset, offset + pieceBytes));
      isDone = result.done;
      leftover = String.fromCharCode(...result.leftover);
    }
    if (isDone) leftover += String.fromCharCode(...bytes.subarray(offset));
    else parser.end();
    const response = parser.response();
    return { ...response, body: String.fromCharCode(...response.body), leftover };
  } catch (error) {
    if (error instanceof ResponseFault) return error.fault;
    throw error;
  } finally {
    parser.free();
  }
}

const head = (lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

describe('an HTTP answer', () => {
  it.each([1, 2, 3, 7, 1000])('is read the same in pieces of %i bytes', (pieceBytes) => {
    const stream = `${head(['HTTP/1.1 200 OK', 'Content-Length: 5', 'X-A:  b c ', 'X-Empty:', 'x-a: \xe9'])}helloMORE`;
    expect(parse(stream, { pieceBytes })).toEqual({
      status: 200,
      headers: [
        ['Content-Length', '5'],
        ['X-A', 'b c'],
        ['X-Empty', ''],
        ['x-a', '\xe9'],
      ],
      body: 'hello',
      leftover: 'MORE',
    });
  });

  it('ends with its last chunk, and its trailers are not headers', () => {
    const chunked = head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked']);
    const stream = `${chunked}3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\nrest`;
    for (const pieceBytes of [1, 5, 400]) {
      expect(parse(stream, { pieceBytes })).toEqual({
        status: 200,
        headers: [['Transfer-Encoding', 'chunked']],
        body: 'abcde',
        leftover: 'rest',
      });
    }
  });

  it('without a length ends with the connection', () => {
    expect(parse(`${head(['HTTP/1.0 200 OK', 'Server: x'])}all of it`)).toMatchObject({ body: 'all of it' });
    expect(parse(head(['HTTP/1.1 200 OK']))).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['204', 'other'],
    ['304', 'other'],
    ['200', 'HEAD'],
  ] as const)('with status %s to %s has no body whatever it announces', (status, replyTo) => {
    expect(parse(`${head([`HTTP/1.1 ${status} X`, 'Content-Length: 9'])}tail`, { replyTo })).toMatchObject({
      body: '',
      leftover: 'tail',
    });
  });

  it('to CONNECT ends at its head, and what follows belongs to the tunnel', () => {
    for (const announced of ['Content-Length: 4', 'Transfer-Encoding: chunked', 'X-Nothing: 1']) {
      const stream = `${head(['HTTP/1.1 200 Connection established', announced])}\x16\x03`;
      for (const pieceBytes of [1, 500]) {
        expect(parse(stream, { replyTo: 'CONNECT', pieceBytes })).toMatchObject({ status: 200, leftover: '\x16\x03' });
      }
    }
    expect(parse(head(['HTTP/1.1 407 No', 'Content-Length: 99']), { replyTo: 'CONNECT' })).toMatchObject({
      status: 407,
    });
  });

  it('is found behind interim answers, whose headers are dropped', () => {
    const interim = `HTTP/1.1 100 Continue\r\n\r\n${head(['HTTP/1.1 103 Early Hints', 'Link: x'])}`;
    expect(parse(`${interim}${head(['HTTP/1.1 200 OK', 'Content-Length: 1'])}x`)).toMatchObject({
      status: 200,
      headers: [['Content-Length', '1']],
      body: 'x',
    });
  });

  it.each([
    ['no status line', 'HELLO\r\n\r\n'],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['binary', '\x05\x00\x00\x01'],
    ['HTTP/2.0 in text', head(['HTTP/2.0 200 OK'])],
    ['HTTP/0.9', head(['HTTP/0.9 200 OK'])],
    ['HTTP/9.9', head(['HTTP/9.9 200 OK'])],
    ['a status of two digits', head(['HTTP/1.1 20 OK'])],
    ['a status of four digits', head(['HTTP/1.1 2000 OK'])],
    ['a status that is no number', head(['HTTP/1.1 abc OK'])],
    ['a space in a header name', head(['HTTP/1.1 200 OK', 'X A: b'])],
    ['a space before the colon', head(['HTTP/1.1 200 OK', 'Content-Length : 1'])],
    ['no colon', head(['HTTP/1.1 200 OK', 'Garbage'])],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n'],
    ['a bare CR in the status line', 'HTTP/1.1 200 O\rK\r\n\r\n'],
    ['a bare LF as line end', 'HTTP/1.1 200 OK\nX: a\n\n'],
    ['NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n 4\r\n\r\nabc'],
    ['two lengths', head(['HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2'])],
    ['two equal lengths', head(['HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 1'])],
    ['a list of lengths', head(['HTTP/1.1 200 OK', 'Content-Length: 1, 2'])],
    ['a negative length', head(['HTTP/1.1 200 OK', 'Content-Length: -1'])],
    ['a signed length', head(['HTTP/1.1 200 OK', 'Content-Length: +1'])],
    ['a hexadecimal length', head(['HTTP/1.1 200 OK', 'Content-Length: 0x1'])],
    ['an empty length', head(['HTTP/1.1 200 OK', 'Content-Length:'])],
    ['a length beyond 64 bits', head(['HTTP/1.1 200 OK', 'Content-Length: 99999999999999999999'])],
    ['length and chunks', head(['HTTP/1.1 200 OK', 'Content-Length: 1', 'Transfer-Encoding: chunked'])],
    ['chunks and length', head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 1'])],
    ['chunked not last', head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, gzip'])],
    ['an encoding besides chunked', head(['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked'])],
    ['identity as an encoding', head(['HTTP/1.1 200 OK', 'Transfer-Encoding: identity'])],
    ['chunked twice', head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'])],
    ['a chunk size that is no number', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}zz\r\n`],
    ['a negative chunk size', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}-1\r\nx`],
    ['a chunk size beyond 64 bits', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}fffffffffffffffff\r\n`],
    ['a chunk longer than its size', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}1\r\nxyz\r\n`],
    ['a space after the chunk size', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}1 \r\nx\r\n`],
    ['an upgrade nobody asked for', head(['HTTP/1.1 101 Switching', 'Upgrade: x', 'Connection: upgrade'])],
    ['interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(MAX_INTERIM_RESPONSES + 1)],
  ])('with %s is refused as no HTTP', (_, stream) => {
    for (const pieceBytes of [1, 3, stream.length]) expect(parse(stream, { pieceBytes })).toBe('http_protocol');
  });

  it.each([
    ['nothing', ''],
    ['half a status line', 'HTTP/1.1 2'],
    ['half a head', 'HTTP/1.1 200 OK\r\nX: y\r\n'],
    ['an interim answer only', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a body shorter than announced', `${head(['HTTP/1.1 200 OK', 'Content-Length: 5'])}1234`],
    ['no last chunk', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}1\r\nx\r\n`],
    ['half a last chunk', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}1\r\nx\r\n0\r\n`],
  ])('that ends after %s is a reset', (_, stream) => {
    expect(parse(stream, { pieceBytes: 1 })).toBe('reset');
  });

  it.each([
    ['a header line', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`],
    ['a header name', `HTTP/1.1 200 OK\r\n${'a'.repeat(17_000)}`],
    ['a status line', `HTTP/1.1 200 ${'a'.repeat(40_000)}`],
    ['many headers', `HTTP/1.1 200 OK\r\n${'X: \r\n'.repeat(129)}`],
    ['trailers', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}0\r\nX: ${'a'.repeat(17_000)}`],
    ['an announced body', head(['HTTP/1.1 200 OK', 'Content-Length: 65537'])],
    ['a body without length', `HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(65_537)}`],
    ['chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n${'a'.repeat(65_537)}`],
    ['chunk extensions', `${head(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'])}1;${'a'.repeat(600_000)}`],
  ])('with too much of %s is cut off', (_, stream) => {
    for (const pieceBytes of [997, 16_384]) expect(parse(stream, { pieceBytes })).toBe('too_large');
  });

  it('may be exactly as large as allowed', () => {
    const body = 'b'.repeat(100);
    expect(
      parse(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${body}`, { limits: { maxBodyBytes: 100 } }),
    ).toMatchObject({ body });
  });

  it('leaves no memory behind, ten thousand times over, freed once or twice', () => {
    const stream = new TextEncoder().encode(`${head(['HTTP/1.1 200 OK', 'Content-Length: 5'])}hello`);
    for (let round = 0; round < 10_000; round += 1) {
      const parser = new ResponseParser(llhttp, 'other', DEFAULT_RESPONSE_LIMITS);
      parser.feed(stream);
      parser.free();
      parser.free();
    }
    expect(llhttp.memoryBytes()).toBeLessThanOrEqual(1024 * 1024);
  });
});
