import type { Clock } from '../../platform/clock.ts';
import type { Dialer, ProxyEndpoint } from '../../platform/net/dialer.ts';
import type { CheckContext, CheckFinding, CheckJudge, ProxyChecker } from '../../plugins/checkers/checker.types.ts';
import { failed } from '../../plugins/checkers/findings.ts';
import type { ProbeReport, StageResult } from './checks.types.ts';

/** A whole round, in milliseconds: a little less than its batch waits, so that a slow proxy is judged, not asked again. */
export const PROBE_LIMIT_MS = 11_500;
/** A stage that would have less is not begun: the one before it used up the round. */
const MIN_STAGE_MS = 100;

interface ProbeParts {
  proxy: ProxyEndpoint;
  checkers: readonly ProxyChecker[];
  dialer: Dialer;
  judge: CheckJudge;
  clock: Clock;
}

function toResult({ name, stage }: ProxyChecker, finding: CheckFinding): StageResult {
  return {
    checker_name: name,
    stage,
    passed: finding.passed,
    inconclusive: finding.inconclusive,
    latency_ms: finding.latencyMs,
    detail: finding.detail,
    verdict: finding.verdict,
  };
}

/** Runs the stages in order and stops at the first that does not pass. One socket at a time, none left open. */
export async function probe(parts: ProbeParts): Promise<ProbeReport> {
  const opened: CheckContext['opened'] = { connection: null };
  try {
    return await runStages(parts, opened);
  } finally {
    opened.connection?.close();
  }
}

async function runStages(
  { proxy, checkers, dialer, judge, clock }: ProbeParts,
  opened: CheckContext['opened'],
): Promise<ProbeReport> {
  const endsAtMs = clock.nowMs() + PROBE_LIMIT_MS;
  const remainingMs = () => Math.max(0, endsAtMs - clock.nowMs());
  const report: ProbeReport = { outcome: 'passed', results: [], latencyMs: null, evidence: null, supportsTunnel: null };
  const context = { proxy, dialer, judge, opened, remainingMs };
  for (const checker of checkers.filter(({ applies }) => applies?.(context) ?? true)) {
    const decides = !checker.isInformative?.(proxy);
    if (remainingMs() < MIN_STAGE_MS) {
      if (!decides) continue;
      report.results.push(toResult(checker, failed('The stage before it used up the time.')));
      return { ...report, outcome: 'failed' };
    }
    const finding = await checker.check(context);
    report.results.push(toResult(checker, finding));
    report.supportsTunnel = finding.supportsTunnel ?? report.supportsTunnel;
    // Who reads what its users encrypt is out, whatever else it is good for.
    if (!decides && finding.verdict !== 'tls_mitm') continue;
    if (!finding.passed) return { ...report, outcome: finding.inconclusive ? 'inconclusive' : 'failed' };
    report.latencyMs = finding.latencyMs ?? report.latencyMs;
    report.evidence = finding.evidence ?? report.evidence;
  }
  // Alive is who proved it: without the judge's word nobody is.
  return report.evidence === null ? { ...report, outcome: 'inconclusive' } : report;
}
