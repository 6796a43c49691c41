import { dialability } from '../../platform/net/public-address.ts';
import type { ParsedProxy, SourceParser } from '../../plugins/parsers/parser.types.ts';
import type { ProxyProtocol } from '../proxies/proxies.types.ts';

/** Distinct entries read of one list; what follows is left unread (contract, "Sources"). Bounds the memory of a scrape. */
export const MAX_LIST_ENTRIES = 200_000;

/** One distinct entry of a list. */
export interface ListedProxy extends Omit<ParsedProxy, 'protocol'> {
  protocol: ProxyProtocol;
  /** False for what the platform can't reach or may not dial: kept, never checked. */
  isDialable: boolean;
}

/** What was counted so far; complete once the reading has ended, however it ended. */
export interface ListTally {
  discovered: number;
  /** Entries that are no proxy, and those without a public address. */
  skipped: number;
  truncated: boolean;
}

export function createTally(): ListTally {
  return { discovered: 0, skipped: 0, truncated: false };
}

interface ListInput {
  chunks: AsyncIterable<string>;
  parser: SourceParser;
  defaultProtocol: ProxyProtocol;
  allowPrivateNetworks: boolean;
  maxEntries: number;
}

/** Parses a list and yields its distinct, allowed entries in batches; of doubles the first one counts. */
export async function* readList(input: ListInput, tally: ListTally): AsyncGenerator<ListedProxy[], void, void> {
  const seen = new Set<string>();
  for await (const { proxies, skipped } of input.parser.parse(input.chunks)) {
    tally.skipped += skipped;
    const batch: ListedProxy[] = [];
    for (const proxy of proxies) {
      const protocol = proxy.protocol ?? input.defaultProtocol;
      const verdict = dialability(proxy.ip, proxy.port, input);
      if (verdict === 'not_public') {
        tally.skipped += 1;
        continue;
      }
      const key = `${proxy.ip} ${proxy.port} ${protocol}`;
      if (seen.has(key)) continue;
      if (seen.size >= input.maxEntries) {
        tally.truncated = true;
        break;
      }
      seen.add(key);
      tally.discovered += 1;
      batch.push({ ...proxy, protocol, isDialable: verdict === 'ok' });
    }
    if (batch.length > 0) yield batch;
    if (tally.truncated) return;
  }
}
