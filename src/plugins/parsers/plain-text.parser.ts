import { type ListReader, type ProxySink, readInBatches } from './batches.ts';
import { createLineSplitter } from './lines.ts';
import type { SourceParser } from './parser.types.ts';
import { parseProxyAddress } from './proxy-address.ts';
import { urlEnding } from './url-ending.ts';

const COMMENT = /^(?:#|\/\/|;)/;
const NO_TAGS = Object.freeze({});

/** Reads lines of `ip:port`, `ip:port:user:pass` or a proxy URL; only a line's first word counts. */
export function createPlainTextReader(sink: ProxySink): ListReader {
  return createLineSplitter({
    onLine(line) {
      const trimmed = line.trim();
      if (trimmed === '' || COMMENT.test(trimmed)) return;
      const [word = ''] = trimmed.split(/\s/, 1);
      const address = parseProxyAddress(word);
      if (address) sink.add({ ...address, country: null, tags: NO_TAGS });
      else sink.skip();
    },
    onOverlongLine: sink.skip,
  });
}

export const plainTextParser: SourceParser = {
  name: 'plaintext',
  defaultSchedule: '*/30 * * * *',
  supports: (url) => ['', 'txt'].includes(urlEnding(url)),
  parse: (chunks) => readInBatches(chunks, createPlainTextReader),
};
