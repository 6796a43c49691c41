import type { Dialer, ProxyEndpoint } from '../../platform/net/dialer.ts';

export type ExitAnonymity = 'transparent' | 'anonymous' | 'elite';

/** In which way a proxy was caught lying. Integrity outvotes speed: any of these fails the round. */
export const tamperVerdicts = [
  'signature',
  'replay',
  'body_diff',
  'header_leak',
  'always_200',
  'exit_ip',
  'tls_mitm',
] as const;
export type TamperVerdict = (typeof tamperVerdicts)[number];

/** What the judge saw of a proxy's far side, its signature verified. */
export interface ExitEvidence {
  exitIp: string;
  /** ISO 3166-1 alpha-2, or null where the edge does not know. */
  country: string | null;
  asn: number | null;
  anonymity: ExitAnonymity;
}

/** What an answer that came through a proxy is worth. */
export type JudgeReading = { ok: true; evidence: ExitEvidence } | { ok: false; verdict: TamperVerdict; reason: string };

/** Our own judge, as a checker may use it. */
export interface CheckJudge {
  /** A fresh URL of the judge, for one request of this check: it holds a nonce that is good once. */
  createRequest(): Promise<{ url: URL; nonce: string }>;
  /** Judges the body of an answer to the request with this nonce. Never throws. */
  read(body: Uint8Array, nonce: string): Promise<JudgeReading>;
}

/** All that a checker gets: it imports nothing of the product and opens nothing but through this dialer. */
export interface CheckContext {
  /** With its password in clear: it never leaves the check. */
  proxy: ProxyEndpoint;
  dialer: Dialer;
  judge: CheckJudge;
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

/** Stage 3, `https_tunnel`, needs TLS inside the tunnel; its place is kept. */
export type CheckStage = 1 | 2 | 3;

/** One kind of check. Checkers hold no state: one instance serves all. */
export interface ProxyChecker {
  /** The name on the wire: `checker_name` of a result. */
  readonly name: string;
  /** Stages run in order and stop at the first that does not pass. */
  readonly stage: CheckStage;
  /** Order among the checkers of a stage, the lowest first. */
  readonly priority: number;
  /** Judges a proxy within `remainingMs()`, leaving no socket open. Whatever the proxy does is a finding, never a throw. */
  check(context: CheckContext): Promise<CheckFinding>;
}

/** How long one stage may take, in milliseconds (contract, "Checks"). */
export const STAGE_TIMEOUT_MS = 10_000;
