import { describe, expect, it } from 'vitest';
import { DEFAULT_RESPONSE_LIMITS, ResponseFault, ResponseParser } from '../../../src/platform/net/http-response.ts';
import { llhttpInNode } from '../../support/llhttp-in-node.ts';
import { llhttpVectors, type VectorOutcome } from '../../support/llhttp-vectors.ts';

/** Where we refuse what llhttp takes, and why: nothing that was asked for looks like this. */
const REFUSED_BY_US: Record<string, string> = {
  'sample: HTTP version 0.9': 'a status line of a version that has none',
  'connection: HTTP 101 response with Upgrade and Content-Length header': 'an upgrade was not asked for',
  'connection: HTTP 101 response with Upgrade and Transfer-Encoding header': 'an upgrade was not asked for',
  'content-length: Tabs in Content-Length (surrounding)': 'the parser of our release takes no tab behind a length',
  'transfer-encoding: chunked before other transfer-encoding': 'a coding besides chunked',
  'transfer-encoding: multiple transfer-encoding where chunked is not the last one': 'a coding besides chunked',
  'transfer-encoding: chunkedchunked transfer-encoding does not enable chunked enconding': 'a coding besides chunked',
};

const llhttp = llhttpInNode();

function bytesOf(stream: string): Uint8Array {
  return Uint8Array.from(stream, (letter) => letter.charCodeAt(0));
}

function read(pieces: readonly Uint8Array[]): VectorOutcome {
  const parser = new ResponseParser(llhttp, 'other', DEFAULT_RESPONSE_LIMITS);
  try {
    if (!pieces.some((piece) => parser.feed(piece).done)) parser.end();
    const { status, body } = parser.response();
    return { status, body: String.fromCharCode(...body) };
  } catch (error) {
    if (!(error instanceof ResponseFault)) throw error;
    return error.fault === 'reset' ? 'unfinished' : 'refused';
  } finally {
    parser.free();
  }
}

describe("llhttp's published vectors", () => {
  it.each(llhttpVectors)('%s', (name, stream, outcome) => {
    const expected = name in REFUSED_BY_US ? 'refused' : outcome;
    const bytes = bytesOf(stream);
    expect(read([bytes])).toEqual(expected);
    expect(read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it('are all here, and every exception of ours is one of them', () => {
    expect(llhttpVectors).toHaveLength(65);
    const names = llhttpVectors.map(([name]) => name);
    for (const name of Object.keys(REFUSED_BY_US)) expect(names).toContain(name);
  });
});
