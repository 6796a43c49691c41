import type { DialError } from '../../platform/net/dialer.ts';
import type { CheckFinding, ExitEvidence, TamperVerdict } from './checker.types.ts';

const NOTHING_KNOWN = {
  inconclusive: false,
  latencyMs: null,
  verdict: null,
  evidence: null,
  supportsTunnel: null,
} satisfies Partial<CheckFinding>;

export function passed(finding: Partial<CheckFinding> & Pick<CheckFinding, 'detail'>): CheckFinding {
  return { ...NOTHING_KNOWN, ...finding, passed: true };
}

export function failed(detail: string, finding: Partial<CheckFinding> = {}): CheckFinding {
  return { ...NOTHING_KNOWN, ...finding, detail, passed: false };
}

export function inconclusive(detail: string): CheckFinding {
  return { ...NOTHING_KNOWN, detail, passed: false, inconclusive: true };
}

/** A lie; the word `tampered` is what people and programs look for. */
export function tampered(verdict: TamperVerdict, reason: string): CheckFinding {
  return failed(`tampered: ${reason}`, { verdict });
}

/** A dial's failure in words: how far it came and, where a proxy refused, what it said. */
export function failedDial(error: DialError): CheckFinding {
  const reply = error.reply === null ? '' : ` It answered ${error.reply}.`;
  return failed(`${error.message}${reply}`);
}

const anonymityWords = {
  transparent: 'shows the address of its client',
  anonymous: 'says that it is a proxy',
  elite: 'looks like a plain client',
} as const;

/** What is known of the exit, in words. */
export function describeExit({ anonymity, exitIp, country }: ExitEvidence): string {
  const place = country === null ? '' : ` in ${country}`;
  return `${anonymity}: ${anonymityWords[anonymity]}; leaves from ${exitIp}${place}`;
}
