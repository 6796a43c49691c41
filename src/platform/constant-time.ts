const encoder = new TextEncoder();

/** Texts are compared in whole blocks of so many bytes, so that the time tells the length of a secret no closer than this. */
const BLOCK_BYTES = 256;
/** Stands after a text, which may itself end in zeros. */
const END = 1;

/** A text that others are compared with in time that does not depend on where they differ, nor on whose is the longer one. */
export interface ConstantTimeText {
  equals(text: string): boolean;
}

/** Writes a text, and zeros to the end; false when it is too long. */
function write(text: string, block: Uint8Array): boolean {
  const { read, written } = encoder.encodeInto(text, block.subarray(0, -1));
  block[written] = END;
  block.fill(0, written + 1);
  return read === text.length;
}

export function constantTimeText(text: string): ConstantTimeText {
  const own = encoder.encode(text).byteLength;
  const expected = new Uint8Array((Math.floor(own / BLOCK_BYTES) + 1) * BLOCK_BYTES);
  write(text, expected);
  const shown = new Uint8Array(expected.byteLength);
  return {
    equals(other) {
      const fits = write(other, shown);
      return crypto.subtle.timingSafeEqual(expected, shown) && fits;
    },
  };
}
