import type { CheckStage, ExitEvidence, TamperVerdict } from '../../plugins/checkers/checker.types.ts';
import type { Anonymity, ProxyProtocol, ProxyStatus } from '../proxies/proxies.types.ts';

/** What one stage of a round came to; kept as the history's JSON and shown as it is, with the round's time. */
export interface StageResult {
  checker_name: string;
  stage: CheckStage;
  passed: boolean;
  inconclusive: boolean;
  latency_ms: number | null;
  detail: string;
  verdict: TamperVerdict | null;
}

/** What the prober needs of a proxy. The password is sealed: only the prober opens it. */
export interface ProbeRequest {
  id: string;
  ip: string;
  port: number;
  protocol: ProxyProtocol;
  username: string | null;
  passwordSealed: string | null;
}

/** What a round came to, over all its stages. */
export interface ProbeReport {
  outcome: 'passed' | 'failed' | 'inconclusive';
  results: StageResult[];
  /** Of the last stage that passed; null when none did. */
  latencyMs: number | null;
  /** Set when `outcome` is `passed`. */
  evidence: ExitEvidence | null;
  supportsTunnel: boolean | null;
}

/** A proxy as the checks read it. */
export interface CheckedProxy extends ProbeRequest {
  poolNumber: number;
  status: ProxyStatus;
  leasable: boolean;
  anonymity: Anonymity | null;
  exitIp: string | null;
  country: string | null;
  asn: number | null;
  score: number | null;
  avgLatencyMs: number | null;
  uptime: number | null;
  supportsTunnel: boolean | null;
  round: number;
  failedRounds: number;
  lastCheckedAtMs: number | null;
  lastPassedAtMs: number | null;
  nextCheckAtMs: number | null;
  diedAtMs: number | null;
  /** When its running, or last, life began. */
  aliveSinceMs: number | null;
  /** Rounds in which it was caught lying, ever. */
  lies: number;
  /** Rounds that it must still pass in a row before it may be leased; 0 for those that are trusted. */
  probationRounds: number;
  caughtVerdict: TamperVerdict | null;
  caughtAtMs: number | null;
  revision: number;
}
