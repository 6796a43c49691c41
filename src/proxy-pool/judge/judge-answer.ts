import { z } from 'zod';
import type { ExitEvidence, TamperVerdict } from '../../plugins/checkers/checker.types.ts';
import { classifyAnonymity } from './anonymity.model.ts';
import type { Signer } from './hmac.ts';
import { findLeak } from './leaks.model.ts';

/** An answer is this long at most, in bytes (contract, "Judge"). */
export const MAX_ANSWER_BYTES = 8 * 1024;

const PURPOSE = 'judge-answer';

/** What the judge says of a request. */
export interface JudgeFacts {
  /** Who connected to the edge. */
  ip: string;
  country: string | null;
  asn: number | null;
  /** By name, in lower case. */
  headers: Readonly<Record<string, string>>;
  nonce: string;
  /** The HTTP status that the answer is sent with: an error page that arrives as a success was changed. */
  status: JudgeStatus;
  /** No two answers have the same, not even to one nonce: a copy gives itself away. */
  answerId: string;
}

/** 404 only when the check asks for it. */
export type JudgeStatus = 200 | 404;

const answerSchema = z.strictObject({
  ip: z.union([z.ipv4(), z.ipv6()]),
  country: z.string().nullable(),
  asn: z.number().int().nullable(),
  headers: z.record(z.string(), z.string()),
  nonce: z.string(),
  status: z.union([z.literal(200), z.literal(404)]),
  answer_id: z.string(),
  signature: z.string(),
});

/** The one spelling of an answer: any other text is not the judge's. */
function toWire(facts: JudgeFacts, signature?: string) {
  const { ip, country, asn, headers, nonce, status, answerId } = facts;
  return { ip, country, asn, headers, nonce, status, answer_id: answerId, signature };
}

/** An answer: the facts, and the signature over all of them. Its JSON text, in this order, is the one that is accepted. */
export async function signJudgeAnswer(signer: Signer, facts: JudgeFacts) {
  const signature = await signer.sign(PURPOSE, JSON.stringify(toWire(facts)));
  return { ...toWire(facts), signature };
}

const PAGE_START =
  '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Connection</title>\n</head>\n<body>\n' +
  '<p>This is what the service sees of your connection.</p>\n<script type="application/json">';
const PAGE_END = '</script>\n</body>\n</html>\n';

/** An answer's JSON as a web page, which is what rewriters and advertisers reach into. */
export function asPage(json: string): string {
  // No `</script>` of a header's may end the element.
  return `${PAGE_START}${json.replaceAll('<', '\\u003c')}${PAGE_END}`;
}

/** The JSON of either form; of a page that was changed what looks like it. */
function jsonIn(text: string): string {
  return text.startsWith(PAGE_START) && text.endsWith(PAGE_END)
    ? text.slice(PAGE_START.length, -PAGE_END.length)
    : text;
}

const ANSWER_FIELDS = ['"ip":', '"country":', '"asn":', '"headers":', '"nonce":', '"signature":'];
/** A changed byte may hit a name; a page of somebody else's has hardly two of them. */
const RESEMBLING_FIELDS = 2;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What an answer is worth, before it is compared with others of its check. */
export type AnswerReading =
  | { ok: true; evidence: ExitEvidence; status: JudgeStatus; answerId: string }
  | { ok: false; verdict: TamperVerdict; reason: string };

function lie(verdict: TamperVerdict, reason: string): AnswerReading {
  return { ok: false, verdict, reason };
}

export interface ExpectedAnswer {
  /** The nonce that this check just made: any other's answer is an old one. */
  nonce: string;
  proxyIp: string;
  allowPrivateNetworks: boolean;
}

/** Judges what came back through a proxy: ours, of this very check, unchanged to the byte, or a lie of some kind. */
export async function readJudgeAnswer(signer: Signer, text: string, expected: ExpectedAnswer): Promise<AnswerReading> {
  const parsed = answerSchema.safeParse(parseJson(jsonIn(text)));
  if (!parsed.success) {
    const resembles = ANSWER_FIELDS.filter((field) => text.includes(field)).length >= RESEMBLING_FIELDS;
    return resembles || text.includes(expected.nonce)
      ? lie('body_diff', "the judge's answer was changed on its way")
      : lie('always_200', "it answers with a page of its own instead of the judge's");
  }
  const { signature, answer_id: answerId, ...seen } = parsed.data;
  const facts: JudgeFacts = { ...seen, answerId };
  if (!(await signer.verify(PURPOSE, JSON.stringify(toWire(facts)), signature))) {
    return lie('signature', "the judge's signature is wrong");
  }
  if (facts.nonce !== expected.nonce) return lie('replay', 'it repeats an older answer of the judge');
  const json = JSON.stringify(toWire(facts, signature));
  if (text !== json && text !== asPage(json)) return lie('body_diff', "the judge's answer was changed on its way");
  const { ip: exitIp, country, asn, status } = facts;
  const headers = Object.entries(facts.headers);
  const leak = findLeak(headers);
  if (leak !== null) return lie('header_leak', leak);
  const anonymity = classifyAnonymity({ ...expected, headers, exitIp });
  return { ok: true, evidence: { exitIp, country, asn, anonymity }, status, answerId };
}
