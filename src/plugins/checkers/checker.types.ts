import type { Dialer, HeaderList, ProxyEndpoint, TcpConnection } from '../../platform/net/dialer.ts';
import type { TamperVerdict } from './tamper-verdicts.ts';

export { type TamperVerdict, tamperVerdicts } from './tamper-verdicts.ts';

export type ExitAnonymity = 'transparent' | 'anonymous' | 'elite';

/** What the judge saw of a proxy's far side, its signature verified. */
export interface ExitEvidence {
  exitIp: string;
  /** ISO 3166-1 alpha-2, or null where the edge does not know. */
  country: string | null;
  asn: number | null;
  anonymity: ExitAnonymity;
}

/** What an answer that came through a proxy is worth. `status` is the one that the judge sent it with. */
export type JudgeReading =
  | { ok: true; evidence: ExitEvidence; status: number }
  | { ok: false; verdict: TamperVerdict; reason: string };

/** Asks the judge for its answer as an error page: `404`. */
export const STATUS_HEADER = 'Switchyard-Judge-Status';

/** Our own judge, as the checkers of one round use it. */
export interface CheckJudge {
  /** A fresh URL of the judge: it holds a nonce that is good for this round. */
  createRequest(): Promise<{ url: URL; nonce: string }>;
  /** The URL of the round's latest request once more: a second answer must be a new one. */
  repeatRequest(): Promise<{ url: URL; nonce: string }>;
  /** A URL of the judge's TLS side, which also holds a nonce; null where there is none. */
  createTlsRequest: (() => Promise<{ url: URL; nonce: string }>) | null;
  /** SHA-256 of the certificates that the judge's TLS side shows, in hex without colons; empty when that is not known. */
  tlsFingerprints: readonly string[];
  /** Judges an answer to the request with this nonce, also against the round's earlier answers. Never throws. */
  read(answer: { headers: HeaderList; body: Uint8Array }, nonce: string): Promise<JudgeReading>;
}

/** All that a checker gets: it imports nothing of the product and opens nothing but through this dialer. */
export interface CheckContext {
  /** With its password in clear: it never leaves the check. */
  proxy: ProxyEndpoint;
  dialer: Dialer;
  judge: CheckJudge;
  /**
   * The connection that stage 1 opened, which the first request goes over: whoever takes it out of here closes it, and the
   * round closes what nobody took. Requests after that have connections of their own.
   */
  opened: { connection: TcpConnection | null };
  /** What is left of the whole check, in milliseconds. */
  remainingMs(): number;
}

/** What one checker found. Never both `passed` and `inconclusive`. */
export interface CheckFinding {
  passed: boolean;
  /** The proxy could not be judged by this stage: neither for nor against it. */
  inconclusive: boolean;
  latencyMs: number | null;
  /** For people, one sentence; never a secret. */
  detail: string;
  verdict: TamperVerdict | null;
  /** What is now known of the exit; null when this checker does not look. */
  evidence: ExitEvidence | null;
  /** Whether the proxy carried a tunnel; null when this checker did not ask for one. */
  supportsTunnel: boolean | null;
}

export type CheckStage = 1 | 2 | 3;

/** One kind of check. Checkers hold no state: one instance serves all. */
export interface ProxyChecker {
  /** The name on the wire: `checker_name` of a result. */
  readonly name: string;
  /** Stages run in order and stop at the first that does not pass. */
  readonly stage: CheckStage;
  /** Order among the checkers of a stage, the lowest first. */
  readonly priority: number;
  /** False: this checker has nothing to ask of such a proxy, and is left out. Absent: it asks everyone. */
  applies?(context: Pick<CheckContext, 'proxy' | 'judge'>): boolean;
  /** True: for such a proxy a failure is worth knowing and decides nothing, except that it intercepts TLS (`tls_mitm`). */
  isInformative?(proxy: ProxyEndpoint): boolean;
  /** Judges a proxy within `remainingMs()`, leaving no socket open but in `opened`. Whatever the proxy does is a finding, never a throw. */
  check(context: CheckContext): Promise<CheckFinding>;
}

/** How long one stage may take, in milliseconds (contract, "Checks"). */
export const STAGE_TIMEOUT_MS = 10_000;
