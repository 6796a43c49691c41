import { type ListReader, type ProxySink, readInBatches } from './batches.ts';
import { createLineSplitter } from './lines.ts';
import type { SourceParser } from './parser.types.ts';
import { parseCountry, parseProxyAddress } from './proxy-address.ts';

/** `IP:PORT CC-A-S! +` as the list's own legend explains it; `!` is an exit address other than the proxy's. */
const LINE = /^(\S+)(?:\s+([A-Za-z]{2})-([NAH])(-S)?(!)?(?:\s*([+-]))?)?(?:\s|$)/;

const ANONYMITY_BY_LETTER: Readonly<Record<string, string>> = { N: 'transparent', A: 'anonymous', H: 'elite' };

function createSpysReader(sink: ProxySink): ListReader {
  return createLineSplitter({
    onLine(line) {
      const trimmed = line.trim();
      if (trimmed === '') return;
      const [, word = '', country = '', letter = '', ssl, exitDiffers, google] = LINE.exec(trimmed) ?? [];
      const address = parseProxyAddress(word);
      if (!address) {
        sink.skip();
        return;
      }
      const anonymity = ANONYMITY_BY_LETTER[letter];
      sink.add({
        ...address,
        country: parseCountry(country),
        tags: {
          ...(anonymity && { anonymity }),
          ...(ssl && { ssl: 'true' }),
          ...(exitDiffers && { exit_ip_differs: 'true' }),
          ...(google && { google_passed: String(google === '+') }),
        },
      });
    },
    onOverlongLine: sink.skip,
  });
}

export const spysParser: SourceParser = {
  name: 'spys',
  // The list is remade hourly, some minutes before the hour.
  defaultSchedule: '5 * * * *',
  supports: (url) => url.hostname === 'spys.me' || url.hostname.endsWith('.spys.me'),
  parse: (chunks) => readInBatches(chunks, createSpysReader),
};
