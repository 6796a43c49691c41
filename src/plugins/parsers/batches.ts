import type { ParsedBatch, ParsedProxy } from './parser.types.ts';

/** Proxies in one batch: few enough to hold and to write at once, enough to make the await per batch cheap. */
export const MAX_BATCH_PROXIES = 256;

/** Characters given to a reader at once, so that one huge chunk can't turn into as many proxies in memory. */
export const MAX_SLICE_LENGTH = 16 * 1024;

const BYTE_ORDER_MARK = '\uFEFF';

/** Where a reader puts what it finds. */
export interface ProxySink {
  add(proxy: ParsedProxy): void;
  /** Counts one entry that was no proxy. */
  skip(): void;
}

/** A parser's state for one input: text is pushed in, proxies come out at the sink. */
export interface ListReader {
  write(text: string): void;
  /** Called once, after the last `write`. */
  end(): void;
  /** True once nothing that follows can matter; the rest of the input is then left unread. */
  isFinished?(): boolean;
}

interface Failure {
  error: unknown;
}

/**
 * Runs a reader over chunks and yields what it finds in batches of MAX_BATCH_PROXIES, the rest in the last one.
 * A failure, the reader's or the input's own, is thrown after what was found before it was yielded.
 */
export async function* readInBatches(
  chunks: AsyncIterable<string>,
  createReader: (sink: ProxySink) => ListReader,
): AsyncGenerator<ParsedBatch, void, void> {
  const pending: ParsedBatch = { proxies: [], skipped: 0 };
  const reader = createReader({
    add: (proxy) => {
      pending.proxies.push(proxy);
    },
    skip: () => {
      pending.skipped += 1;
    },
  });
  for await (const slice of slicesOf(chunks)) {
    const failure = typeof slice === 'string' ? attempt(() => reader.write(slice)) : slice;
    while (pending.proxies.length >= MAX_BATCH_PROXIES) yield take(pending);
    if (failure) {
      if (!isEmpty(pending)) yield take(pending);
      throw failure.error;
    }
    if (reader.isFinished?.()) break;
  }
  const failure = attempt(() => reader.end());
  while (!isEmpty(pending)) yield take(pending);
  if (failure) throw failure.error;
}

/** The input in slices of bounded length, without its byte order mark; last its failure, when it has one. */
async function* slicesOf(chunks: AsyncIterable<string>): AsyncGenerator<string | Failure, void, void> {
  let isFirst = true;
  try {
    for await (const chunk of chunks) {
      if (chunk === '') continue;
      let start = isFirst && chunk.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
      isFirst = false;
      for (; start < chunk.length; start += MAX_SLICE_LENGTH) yield chunk.slice(start, start + MAX_SLICE_LENGTH);
    }
  } catch (error) {
    yield { error };
  }
}

function take(pending: ParsedBatch): ParsedBatch {
  const batch = { proxies: pending.proxies.splice(0, MAX_BATCH_PROXIES), skipped: pending.skipped };
  pending.skipped = 0;
  return batch;
}

function isEmpty(batch: ParsedBatch): boolean {
  return batch.proxies.length === 0 && batch.skipped === 0;
}

function attempt(work: () => void): Failure | null {
  try {
    work();
    return null;
  } catch (error) {
    return { error };
  }
}
