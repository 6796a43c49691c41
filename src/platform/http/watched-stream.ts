interface WatchOptions {
  /** What was read of the source already: it comes first. */
  first?: readonly Uint8Array[];
  /** Told of each piece before it goes on; what it throws breaks the stream. */
  onPiece(piece: Uint8Array): void;
  /** Once there is no more to come: also for streams that break, or are left. */
  onEnd?(): void;
}

/** A stream of the same pieces, none of which is read before it is asked for. */
export function watchedStream(
  source: ReadableStreamDefaultReader<Uint8Array>,
  { first = [], onPiece, onEnd = () => undefined }: WatchOptions,
): ReadableStream<Uint8Array> {
  const queue = [...first];
  async function next(): Promise<Uint8Array | undefined> {
    const piece = queue.shift() ?? (await source.read()).value;
    if (piece) onPiece(piece);
    return piece;
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await next().catch((error: unknown) => {
          onEnd();
          throw error;
        });
        if (piece) return controller.enqueue(piece);
        onEnd();
        controller.close();
      },
      async cancel(reason) {
        onEnd();
        await source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
