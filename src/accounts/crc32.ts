import crc from 'crc-32';

/** CRC-32 (IEEE 802.3) of a text of ASCII, as an unsigned number. */
export function crc32(text: string): number {
  return crc.bstr(text) >>> 0;
}
