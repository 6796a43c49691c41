import type { TamperVerdict } from '../../../src/plugins/checkers/checker.types.ts';
import type { CheckedProxy, ProbeReport } from '../../../src/proxy-pool/checks/checks.types.ts';

/** A proxy that nobody has checked. */
export function uncheckedProxy(changes: Partial<CheckedProxy> = {}): CheckedProxy {
  return {
    id: crypto.randomUUID(),
    ip: '127.0.10.99',
    port: 8080,
    protocol: 'http',
    username: null,
    passwordSealed: null,
    poolNumber: 0,
    status: 'unchecked',
    leasable: false,
    anonymity: null,
    exitIp: null,
    country: null,
    asn: null,
    score: null,
    avgLatencyMs: null,
    uptime: null,
    supportsTunnel: null,
    round: 0,
    failedRounds: 0,
    lastCheckedAtMs: null,
    lastPassedAtMs: null,
    nextCheckAtMs: 0,
    diedAtMs: null,
    aliveSinceMs: null,
    lies: 0,
    probationRounds: 0,
    caughtVerdict: null,
    caughtAtMs: null,
    revision: 0,
    ...changes,
  };
}

const stages = {
  tcp: {
    checker_name: 'tcp_connect',
    stage: 1,
    passed: true,
    inconclusive: false,
    latency_ms: 3,
    detail: 'TCP connect OK',
    verdict: null,
  },
  http: {
    checker_name: 'http_anonymity',
    stage: 2,
    passed: true,
    inconclusive: false,
    latency_ms: 100,
    detail: 'elite',
    verdict: null,
  },
} as const;

/** What a probe brings back. */
export function report(outcome: ProbeReport['outcome'], latencyMs = 100): ProbeReport {
  const { tcp, http } = stages;
  if (outcome === 'passed') {
    return {
      outcome,
      results: [tcp, { ...http, latency_ms: latencyMs }],
      latencyMs,
      evidence: { exitIp: '127.0.10.99', country: 'DE', asn: 64_501, anonymity: 'elite' },
      supportsTunnel: null,
    };
  }
  const isInconclusive = outcome === 'inconclusive';
  const failing = { ...http, passed: false, inconclusive: isInconclusive, latency_ms: null, detail: 'no answer' };
  return { outcome, results: [tcp, failing], latencyMs: 3, evidence: null, supportsTunnel: null };
}

/** What a probe brings back of a proxy that was caught lying. */
export function lyingReport(verdict: TamperVerdict = 'body_diff'): ProbeReport {
  const caught = report('failed');
  return { ...caught, results: caught.results.map((stage) => (stage.passed ? stage : { ...stage, verdict })) };
}
