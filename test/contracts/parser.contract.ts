import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_BATCH_PROXIES } from '../../src/plugins/parsers/batches.ts';
import {
  type ParsedProxy,
  PROXY_PROTOCOLS,
  SourceParseError,
  type SourceParser,
} from '../../src/plugins/parsers/parser.types.ts';
import { parseCountry, parseIpAddress } from '../../src/plugins/parsers/proxy-address.ts';

export interface ParserSample {
  text: string;
  /** `ip:port` of each proxy in order. */
  addresses: readonly string[];
  skipped: number;
}

export interface ParserSamples {
  /** Lists in the parser's own format. */
  lists: readonly ParserSample[];
  /** The start of an entry that may go on for ever, and what to repeat after it. */
  endless: { start: string; repeated: string };
  /** One entry after another: `start`, then any number of `entry`. */
  repeatable: { start: string; entry: string };
}

export interface Outcome {
  proxies: ParsedProxy[];
  skipped: number;
  batchSizes: number[];
  error: unknown;
}

/** Feeds `chunks` to a parser and gathers everything that comes out, an error too. */
export async function collect(parser: SourceParser, chunks: Iterable<string>): Promise<Outcome> {
  const outcome: Outcome = { proxies: [], skipped: 0, batchSizes: [], error: null };
  try {
    for await (const batch of parser.parse(stream(chunks))) {
      outcome.proxies.push(...batch.proxies);
      outcome.skipped += batch.skipped;
      outcome.batchSizes.push(batch.proxies.length);
    }
  } catch (error) {
    outcome.error = error;
  }
  return outcome;
}

export function addressesOf({ proxies }: Pick<Outcome, 'proxies'>): string[] {
  return proxies.map(({ ip, port }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`));
}

async function* stream(chunks: Iterable<string>): AsyncGenerator<string, void, void> {
  yield* chunks;
}

/** Cuts `text` after each of these lengths, taken in turn. */
function split(text: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  for (let start = 0, turn = 0; start < text.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    chunks.push(text.slice(start, start + length));
    start += length;
  }
  return chunks;
}

function expectValid(proxy: ParsedProxy): void {
  expect(parseIpAddress(proxy.ip)).toBe(proxy.ip);
  expect(Number.isInteger(proxy.port) && proxy.port >= 1 && proxy.port <= 65_535).toBe(true);
  expect([null, ...PROXY_PROTOCOLS]).toContain(proxy.protocol);
  expect(proxy.username === null).toBe(proxy.password === null);
  for (const text of [proxy.username, proxy.password]) {
    expect(new TextEncoder().encode(text ?? '').length).toBeLessThanOrEqual(255);
    expect(text ?? '').not.toMatch(/\p{Cc}/u);
  }
  if (proxy.country !== null) expect(parseCountry(proxy.country)).toBe(proxy.country);
}

/** What one parse may do with any input at all: yield valid proxies, count, and fail with a SourceParseError. */
function expectWellBehaved(outcome: Outcome): void {
  outcome.proxies.forEach(expectValid);
  for (const size of outcome.batchSizes) expect(size).toBeLessThanOrEqual(MAX_BATCH_PROXIES);
  if (outcome.error !== null) expect(outcome.error).toBeInstanceOf(SourceParseError);
}

const chunkLengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

/** What every parser of sources must do. */
export function runParserContract(parser: SourceParser, samples: ParserSamples): void {
  describe(`parser ${parser.name} keeps the contract`, () => {
    test('a list gives its proxies, and the rest is counted', async () => {
      for (const { text, addresses, skipped } of samples.lists) {
        const outcome = await collect(parser, [text]);
        expect(outcome).toMatchObject({ skipped, error: null });
        expect(addressesOf(outcome)).toEqual(addresses);
      }
    });

    test('it does not matter where the chunks are cut', async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...samples.lists), chunkLengths, async ({ text }, lengths) => {
          const { proxies, skipped } = await collect(parser, [text]);
          expect(await collect(parser, split(text, lengths))).toMatchObject({ proxies, skipped, error: null });
        }),
        { numRuns: 60 },
      );
    });

    test('neither a byte order mark nor CRLF changes anything', async () => {
      for (const { text, addresses } of samples.lists) {
        const windows = `\uFEFF${text.replaceAll('\n', '\r\n')}`;
        expect(addressesOf(await collect(parser, [windows]))).toEqual(addresses);
        expect(addressesOf(await collect(parser, split(windows, [1])))).toEqual(addresses);
      }
    });

    test('an empty input is an empty list', async () => {
      const nothing = { proxies: [], skipped: 0, batchSizes: [], error: null };
      expect(await collect(parser, [])).toEqual(nothing);
      expect(await collect(parser, ['', ''])).toEqual(nothing);
    });

    test('hostile text and binary garbage never break it', async () => {
      const garbage = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.string({
          unit: fc.constantFrom('\0', '\uD800', '\uDC00', '\u2028', '\u202E', '"', '<', '{', '\\', '\n'),
          maxLength: 80,
        }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...samples.lists),
          garbage,
          fc.nat(),
          chunkLengths,
          async (list, noise, at, lengths) => {
            const position = at % (list.text.length + 1);
            const text = list.text.slice(0, position) + noise + list.text.slice(position);
            const whole = await collect(parser, [text]);
            expectWellBehaved(whole);
            const inParts = await collect(parser, split(text, lengths));
            expect(inParts.proxies).toEqual(whole.proxies);
            expect(inParts.error === null).toBe(whole.error === null);
          },
        ),
        { numRuns: 150 },
      );
    });

    test('an entry of 50 MB is read to its end without being kept', async () => {
      const chunkCount = 800;
      const chunk = samples.endless.repeated.repeat(Math.ceil(65_536 / samples.endless.repeated.length));
      let read = 0;
      function* chunks() {
        yield samples.endless.start;
        for (; read < chunkCount; read += 1) yield chunk;
      }
      const outcome = await collect(parser, chunks());
      expectWellBehaved(outcome);
      expect(outcome.proxies).toEqual([]);
      if (outcome.error === null) expect(read === chunkCount || outcome.skipped > 0).toBe(true);
    });

    test('proxies come in bounded batches while the input goes on, and an early end releases it', async () => {
      let chunkCount = 0;
      let isReleased = false;
      async function* endlessList(): AsyncGenerator<string, void, void> {
        try {
          yield samples.repeatable.start;
          for (;;) {
            chunkCount += 1;
            yield samples.repeatable.entry.repeat(3 * MAX_BATCH_PROXIES);
          }
        } finally {
          isReleased = true;
        }
      }
      for await (const batch of parser.parse(endlessList())) {
        expect(batch.proxies).toHaveLength(MAX_BATCH_PROXIES);
        break;
      }
      expect(chunkCount).toBe(1);
      expect(isReleased).toBe(true);
    });

    test('a source that fails while it is read fails the parse with its own error, after what it gave', async () => {
      const failure = new Error('connection lost');
      function* failing(): Generator<string, void, void> {
        yield samples.repeatable.start;
        yield samples.repeatable.entry.repeat(4);
        throw failure;
      }
      const outcome = await collect(parser, failing());
      expect(outcome.error).toBe(failure);
      // The last entry may have been cut off.
      expect(outcome.proxies.length).toBeGreaterThanOrEqual(3);
    });

    test('its schedule has five fields', () => {
      expect(parser.defaultSchedule.split(' ')).toHaveLength(5);
    });
  });
}
