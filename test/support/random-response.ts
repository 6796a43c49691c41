import fc from 'fast-check';

/** A response stream, where it was cut, and whether its request was a HEAD. */
export interface RandomResponse {
  bytes: Uint8Array;
  cuts: number[];
}

const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_!'), minLength: 1, maxLength: 12 });
const value = fc.string({ unit: fc.constantFrom(...'abc 019\t;,="/é'), maxLength: 24 });
const bodyText = fc.string({ unit: 'binary-ascii', maxLength: 200 });

function chunked(text: string, sizes: number[], extension: string, trailer: string): string {
  let rest = text;
  let stream = '';
  for (const size of sizes) {
    if (rest === '') break;
    const piece = rest.slice(0, size);
    rest = rest.slice(piece.length);
    stream += `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`;
  }
  if (rest !== '') stream += `${rest.length.toString(16)}\r\n${rest}\r\n`;
  return `${stream}0\r\n${trailer}\r\n`;
}

const framing = fc.oneof(
  bodyText.map((text) => ({ headers: [`Content-Length: ${text.length}`], body: text })),
  fc
    .tuple(
      bodyText,
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
      fc.constantFrom('', ';a', ';a=b', ';a="b c"'),
      fc.constantFrom('', 'X-Trailer: t\r\n'),
    )
    .map(([text, sizes, extension, trailer]) => ({
      headers: ['Transfer-Encoding: chunked'],
      body: chunked(text, sizes, extension, trailer),
    })),
  bodyText.map((text) => ({ headers: [] as string[], body: text })),
);

/** Streams that are mostly right, and some that were damaged: a byte changed, dropped, doubled, or the end cut off. */
export const randomResponse: fc.Arbitrary<RandomResponse> = fc
  .record({
    interim: fc.constantFrom('', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'),
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'),
    status: fc.constantFrom(200, 200, 200, 201, 204, 301, 304, 404, 500, 599),
    reason: fc.constantFrom('OK', '', 'Some Reason'),
    extra: fc.array(fc.tuple(token, value), { maxLength: 6 }),
    framing,
    damage: fc.option(
      fc.record({
        kind: fc.constantFrom('change', 'drop', 'double', 'cut'),
        at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        byte: fc.oneof(fc.constantFrom(...[...'\r\n\0 :;,0'].map((letter) => letter.charCodeAt(0))), fc.nat(255)),
      }),
      { freq: 2 },
    ),
    cuts: fc.array(fc.nat(600), { maxLength: 12 }),
  })
  .map(({ interim, version, status, reason, extra, framing: { headers, body }, damage, cuts }) => {
    const head = [`${version} ${status} ${reason}`, ...extra.map(([name, text]) => `${name}: ${text}`), ...headers];
    const hasBody = status !== 204 && status !== 304;
    const text = `${interim}${head.join('\r\n')}\r\n\r\n${hasBody ? body : ''}`;
    let bytes = [...text].map((letter) => letter.charCodeAt(0) & 0xff);
    if (damage) {
      const at = Math.floor(damage.at * bytes.length);
      if (damage.kind === 'change') bytes[at] = damage.byte;
      if (damage.kind === 'drop') bytes.splice(at, 1);
      if (damage.kind === 'double') bytes.splice(at, 0, bytes[at] ?? 0);
      if (damage.kind === 'cut') bytes = bytes.slice(0, at);
    }
    return { bytes: Uint8Array.from(bytes), cuts: [...cuts].sort((left, right) => left - right) };
  });
