/** All of a body, or null when it has more than `maxBytes`; the rest of it is then not read. */
export async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Blob | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxBytes) return null;
    chunks.push(read.value);
  }
  return new Blob(chunks);
}
