/** The pieces of a body as they come. The rest of one that is given up stays with whoever holds the reader. */
export async function* piecesOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

/** All of a body, or null when it has more than `maxBytes`; the rest of it is then not read. */
export async function readWithin(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Blob | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(piece);
  }
  return new Blob(chunks);
}
