import type { Clock } from '../../platform/clock.ts';
import { isProxyHeader } from './anonymity.model.ts';
import { createSigner } from './hmac.ts';
import { type JudgeFacts, type JudgeStatus, readJudgeAnswer, signJudgeAnswer } from './judge-answer.ts';
import { findLeak, withoutCredentials } from './leaks.model.ts';
import { isValidNonce, mintNonce } from './nonce.ts';
import { capHeaders, type SeenHeaders, withoutEdgeHeaders } from './seen-headers.model.ts';

type Geography = Readonly<Record<string, { country: string; asn: number }>>;

interface SeenCaller {
  ip: string;
  nonce: string;
  status: JudgeStatus;
  headers: SeenHeaders;
  /** The edge's geography; absent or partly so where there is no edge. */
  cf: Readonly<Record<string, unknown>> | undefined;
  /** Stands in for it on a developer's machine, where the runtime only has a placeholder. */
  labGeo: Geography;
}

function placeOf({ ip, cf, labGeo }: SeenCaller): Pick<JudgeFacts, 'country' | 'asn'> {
  if (Object.keys(labGeo).length > 0) return labGeo[ip] ?? { country: null, asn: null };
  const { country, asn } = cf ?? {};
  return {
    // XX is unknown and T1 is Tor: neither is a country.
    country: typeof country === 'string' && /^(?!XX)[A-Z]{2}$/.test(country) ? country : null,
    asn: typeof asn === 'number' ? asn : null,
  };
}

/** What the judge says of a caller: who it is to the edge, and what it sent, without what the edge added. */
export function describeCaller(caller: SeenCaller): JudgeFacts {
  const { country, asn } = placeOf(caller);
  const seen = withoutCredentials(withoutEdgeHeaders(caller.headers));
  const headers = Object.fromEntries(
    capHeaders(seen, (name) => isProxyHeader(name) || findLeak([[name, '']]) !== null),
  );
  const { ip, nonce, status } = caller;
  return { ip, country, asn, headers, nonce, status, answerId: crypto.randomUUID() };
}

interface Dependencies {
  secret: string;
  clock: Clock;
  allowPrivateNetworks: boolean;
}

/** Both ends of the judge: what it answers, and what a check makes of an answer. Reads and writes nothing. */
export function createJudge({ secret, clock, allowPrivateNetworks }: Dependencies) {
  const signer = createSigner(secret);
  return {
    mint: (proxyId: string) => mintNonce(signer, proxyId, clock.nowMs()),
    isOurs: (nonce: string) => isValidNonce(signer, nonce, clock.nowMs()),
    answer: (facts: JudgeFacts) => signJudgeAnswer(signer, facts),
    read: (text: string, { nonce, proxyIp }: { nonce: string; proxyIp: string }) =>
      readJudgeAnswer(signer, text, { nonce, proxyIp, allowPrivateNetworks }),
  };
}

export type Judge = ReturnType<typeof createJudge>;
