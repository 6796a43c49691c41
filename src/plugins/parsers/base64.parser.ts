import { type ListReader, type ProxySink, readInBatches } from './batches.ts';
import type { SourceParser } from './parser.types.ts';
import { createPlainTextReader } from './plain-text.parser.ts';
import { urlEnding } from './url-ending.ts';

/** Characters that stand for three bytes. */
const GROUP_LENGTH = 4;

const MAX_PADDING = 2;

/** Data, then padding; whatever is left over can't be base64. */
const DATA_AND_PADDING = /^([A-Za-z0-9+/]*)(=*)/;

/**
 * Decodes a body that is base64 as a whole (either alphabet, any white space, padding optional) as it comes and reads
 * the text as a plain list. At the first character that can't be base64 it stops and counts one skipped entry.
 */
function createBase64Reader(sink: ProxySink): ListReader {
  const lines = createPlainTextReader(sink);
  const decoder = new TextDecoder();
  let carried = '';
  let paddingLength = 0;
  let isBroken = false;

  function decode(characters: string): void {
    const bytes = Uint8Array.from(atob(characters), (character) => character.charCodeAt(0));
    lines.write(decoder.decode(bytes, { stream: true }));
  }

  return {
    write(text) {
      const characters = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
      const [matched = '', data = '', padding = ''] = DATA_AND_PADDING.exec(characters) ?? [];
      const isDataAfterPadding = paddingLength > 0 && data !== '';
      paddingLength += padding.length;
      isBroken = isDataAfterPadding || paddingLength > MAX_PADDING || matched.length < characters.length;
      if (isDataAfterPadding) return;
      carried += data;
      const whole = carried.length - (carried.length % GROUP_LENGTH);
      decode(carried.slice(0, whole));
      carried = carried.slice(whole);
    },
    end() {
      // A single character left over is six bits: no byte. What precedes a break may be half an entry, so it is dropped.
      if (isBroken || carried.length === 1) {
        sink.skip();
        return;
      }
      decode(carried);
      lines.write(decoder.decode());
      lines.end();
    },
    isFinished: () => isBroken,
  };
}

export const base64Parser: SourceParser = {
  name: 'base64',
  defaultSchedule: '*/30 * * * *',
  supports: (url) => ['b64', 'base64'].includes(urlEnding(url)),
  parse: (chunks) => readInBatches(chunks, createBase64Reader),
};
