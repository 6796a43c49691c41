import { request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RESPONSE_LIMITS, ResponseFault, ResponseParser } from '../../../src/platform/net/http-response.ts';
import { runs } from '../../support/full-runs.ts';
import { llhttpInNode } from '../../support/llhttp-in-node.ts';
import { randomResponse } from '../../support/random-response.ts';

/** How many random streams are compared. */
const STREAMS = runs({ usual: 2_000, full: 100_000 });

interface Reading {
  status: number;
  headers: string[];
  body: string;
}

/** A reading and how much of the stream it took, or the name of the fault. */
type OurReading = { reading: Reading; byteCount: number } | string;

const llhttp = llhttpInNode();
let server: Server;
let answer = new Uint8Array();

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

function readOurs(bytes: Uint8Array, cuts: number[]): OurReading {
  const parser = new ResponseParser(llhttp, 'other', DEFAULT_RESPONSE_LIMITS);
  const pieces = [0, ...cuts, bytes.byteLength].map((from, index, all) => bytes.subarray(from, all[index + 1]));
  try {
    let isDone = false;
    let byteCount = 0;
    for (const piece of pieces) {
      if (isDone || piece.byteLength === 0) continue;
      const { done, leftover } = parser.feed(piece);
      isDone = done;
      byteCount += piece.byteLength - leftover.byteLength;
    }
    if (!isDone) parser.end();
    const { status, headers, body } = parser.response();
    return { reading: { status, headers: headers.flat(), body: String.fromCharCode(...body) }, byteCount };
  } catch (error) {
    if (error instanceof ResponseFault) return error.fault;
    throw error;
  } finally {
    parser.free();
  }
}

/** The same stream through Node's own client, which has the native build of the parser. */
function readNodes(bytes: Uint8Array): Promise<Reading | string> {
  answer = Uint8Array.from(bytes);
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    const client = request({ host: '127.0.0.1', port, agent: false });
    client.on('error', () => resolve('failed'));
    client.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve('failed');
    });
    client.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', () => resolve('failed'));
      response.on('end', () => {
        const body = Buffer.concat(pieces).toString('latin1');
        resolve({ status: response.statusCode ?? 0, headers: response.rawHeaders, body });
      });
    });
    client.end();
  });
}

/** Where we are stricter than Node on purpose: other versions, bare CR, encodings besides `chunked`, 101, an absurd length. */
function isOurRefusal(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes);
  if (/HTTP\/(?!1\.)/.test(text) || /HTTP\/1\.\d 101/.test(text)) return true;
  if (/\r(?!\n)/.test(text.split('\r\n\r\n')[0] ?? '')) return true;
  const codings = [...text.matchAll(/^transfer-encoding:[\t ]*(.*?)[\t ]*\r?$/gim)].map((match) =>
    match[1]?.toLowerCase(),
  );
  if (codings.length > 1 || codings.some((coding) => coding !== 'chunked')) return true;
  return /^content-length:[\t ]*\d{6,}/im.test(text);
}

describe('a random answer', () => {
  it(`is read as Node reads it, in any split, ${STREAMS} times`, async () => {
    let readCount = 0;
    let refusedCount = 0;
    await fc.assert(
      fc.asyncProperty(randomResponse, async ({ bytes, cuts }) => {
        const ours = readOurs(
          bytes,
          cuts.filter((cut) => cut < bytes.byteLength),
        );
        // However it is split, it is the same.
        expect(ours).toEqual(readOurs(bytes, []));
        expect(ours).toEqual(readOurs(bytes, Array.from(bytes.keys())));
        if (typeof ours === 'string') {
          refusedCount += 1;
          if (!isOurRefusal(bytes)) expect(await readNodes(bytes)).toBe('failed');
        } else {
          readCount += 1;
          // What lies beyond the answer we ignore, since its socket is closed; Node takes it for a second answer.
          expect(ours.reading).toEqual(await readNodes(bytes.subarray(0, ours.byteCount)));
        }
      }),
      { numRuns: STREAMS, seed: 20_261_124 },
    );
    // Both sides of the comparison must have been exercised.
    expect(readCount).toBeGreaterThan(STREAMS / 4);
    expect(refusedCount).toBeGreaterThan(STREAMS / 20);
  }, 600_000);
});
