import { utf8 } from '../bytes.ts';

/** A body of texts that are made as the reader takes them, so that its size costs no memory. A reader that leaves ends it. */
export function textStream(texts: AsyncIterator<string>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(utf8(value));
    },
    async cancel() {
      await texts.return?.();
    },
  });
}
