import { parseIpLiteral } from './public-address.ts';
import type { ResolveHostname } from './public-url.ts';

/** A name server that takes longer is down: the caller's own deadline is a few times this. */
export const DOH_TIMEOUT_MS = 3_000;

/** A DNS answer over UDP has 4 KiB at most; its JSON form has a few times that. */
export const MAX_DOH_ANSWER_BYTES = 32 * 1024;

/** Round-robin names have a handful of addresses. */
export const MAX_DOH_ANSWERS = 16;

/** Record types asked for, with their numbers in the answer (RFC 1035 §3.2.2, RFC 3596 §2.1). */
const RECORD_TYPES = { A: 1, AAAA: 28 } as const;

type Fetch = (input: string, init: RequestInit) => Promise<Response>;

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let byteCount = 0;
  if (!response.body) return text;
  for await (const chunk of response.body) {
    byteCount += chunk.byteLength;
    if (byteCount > MAX_DOH_ANSWER_BYTES) throw new Error('The name server sent too much.');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function addressesIn(answer: unknown, recordType: number): string[] {
  if (typeof answer !== 'object' || answer === null || !('Answer' in answer) || !Array.isArray(answer.Answer))
    return [];
  const addresses: string[] = [];
  for (const record of answer.Answer as unknown[]) {
    if (typeof record !== 'object' || record === null || !('type' in record) || !('data' in record)) continue;
    // Aliases (CNAME) are in the answer too: only addresses count, and what claims to be one must be one.
    if (record.type !== recordType) continue;
    if (typeof record.data !== 'string' || !parseIpLiteral(record.data))
      throw new Error('The name server sent no address.');
    addresses.push(record.data);
  }
  return addresses;
}

/**
 * Looks names up by DNS over HTTPS in its JSON form (`application/dns-json`, as 1.1.1.1 and 8.8.8.8 serve it), IPv4 and
 * IPv6 at once. Rejects on any failure: who can't be looked up is not reached.
 */
export function dnsOverHttpsResolver(
  fetch: Fetch,
  endpointUrl: string,
  options: { timeoutMs?: number } = {},
): ResolveHostname {
  const timeoutMs = options.timeoutMs ?? DOH_TIMEOUT_MS;

  async function lookUp(hostname: string, type: keyof typeof RECORD_TYPES, signal: AbortSignal): Promise<string[]> {
    const url = new URL(endpointUrl);
    url.searchParams.set('name', hostname);
    url.searchParams.set('type', type);
    const response = await fetch(url.href, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error('The name server refused.');
    }
    return addressesIn(JSON.parse(await readBounded(response)), RECORD_TYPES[type]);
  }

  return async (hostname) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const answers = await Promise.all([lookUp(hostname, 'A', signal), lookUp(hostname, 'AAAA', signal)]);
    const addresses = answers.flat();
    if (addresses.length > MAX_DOH_ANSWERS) throw new Error('The name server sent too many addresses.');
    return addresses;
  };
}
