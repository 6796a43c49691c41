/** What the lab says about one of its proxies: how to reach it, and what an honest checker must find. */

/** The way a client speaks to the proxy. `https` is plain TCP to the proxy, which tunnels by CONNECT. */
export type LabProtocol = 'http' | 'https' | 'socks4' | 'socks5';

/** What the target learns about the client behind the proxy. */
export type LabAnonymity = 'transparent' | 'anonymous' | 'elite';

/**
 * `active`: passes every check. `never_active`: passes none.
 * `inconclusive`: a check can't or needn't decide (refuses the judge's port, works two times of three, is honest on plain ports).
 */
export type LabExpectation = 'active' | 'never_active' | 'inconclusive';

/** What the proxy does with a connection; one class of servers implements each kind. */
export type LabBehaviour =
  | { kind: 'http'; anonymity: LabAnonymity; tunnel: boolean; delayMs?: number }
  | { kind: 'connect'; onlyPort?: number; delayMs?: number }
  | { kind: 'connect-intercepting-tls'; forward?: boolean }
  | { kind: 'socks4'; delayMs?: number }
  | { kind: 'socks5'; delayMs?: number }
  | { kind: 'password-unknown'; protocol: 'http' | 'socks5' }
  | { kind: 'dead' }
  | { kind: 'silent' }
  | { kind: 'resetting' }
  | { kind: 'dripping' }
  | { kind: 'flaky' }
  | { kind: 'canned-page' }
  | { kind: 'judge-faker' }
  | { kind: 'replayer' }
  | { kind: 'body-tamperer' }
  | { kind: 'garbage' }
  | { kind: 'redirector' }
  | { kind: 'length-liar' }
  | { kind: 'framing-liar' }
  | { kind: 'chunk-liar' }
  | { kind: 'body-pourer' }
  | { kind: 'header-pourer' }
  | { kind: 'compression-bomb' }
  | { kind: 'cacher' }
  | { kind: 'advertiser' }
  | { kind: 'truncator' }
  | { kind: 'cookie-setter' }
  | { kind: 'error-masker' }
  | { kind: 'place-forger' }
  | { kind: 'password-leaker' }
  | { kind: 'tracker' }
  | { kind: 'exit-mover'; otherAddress: string }
  | { kind: 'occasional-liar' };

/** What a check must find of a bad proxy. */
export interface LabFinding {
  /** The check that finds it: `checker_name` of its history. */
  checker: 'tcp_connect' | 'http_anonymity' | 'http_integrity' | 'https_tunnel';
  /** The word for the way in which it lies; null for those that only fail. */
  verdict: 'signature' | 'replay' | 'body_diff' | 'tls_mitm' | 'header_leak' | 'always_200' | 'exit_ip' | null;
  /** Part of the sentence that its history has. */
  says: string;
}

export interface LabLogin {
  username: string;
  password: string;
}

export interface LabProxy {
  /** Unique, for people and tests: `http-elite-1`. */
  name: string;
  protocol: LabProtocol;
  /** Listens here and connects out from here. */
  address: string;
  port: number;
  username?: string;
  password?: string;
  expectation: LabExpectation;
  /** Set for those that never become active. */
  finding?: LabFinding;
  /** Set for those that may become active. */
  anonymity?: LabAnonymity;
  /** Made-up place, ISO 3166-1 alpha-2: local runs have no geography of their own (`LAB_GEO`). */
  country: string;
  asn: number;
  /** One sentence for the table that `npm run lab` prints. */
  describe: string;
  behaviour: LabBehaviour;
}

/** `scheme://[user:pass@]ip:port`, as a line of a source list. */
export function labProxyUrl(proxy: LabProxy): string {
  const login =
    proxy.username === undefined
      ? ''
      : `${encodeURIComponent(proxy.username)}:${encodeURIComponent(proxy.password ?? '')}@`;
  return `${proxy.protocol}://${login}${proxy.address}:${proxy.port}`;
}
