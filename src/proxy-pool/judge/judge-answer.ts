import { z } from 'zod';
import type { JudgeReading, TamperVerdict } from '../../plugins/checkers/checker.types.ts';
import { classifyAnonymity } from './anonymity.model.ts';
import type { Signer } from './hmac.ts';

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
}

const answerSchema = z.strictObject({
  ip: z.union([z.ipv4(), z.ipv6()]),
  country: z.string().nullable(),
  asn: z.number().int().nullable(),
  headers: z.record(z.string(), z.string()),
  nonce: z.string(),
  signature: z.string(),
});

/** The one spelling of an answer: any other text is not the judge's. */
function serialise(facts: JudgeFacts, signature?: string): string {
  const { ip, country, asn, headers, nonce } = facts;
  return JSON.stringify({ ip, country, asn, headers, nonce, signature });
}

/** An answer: the facts, and the signature over all of them. Its JSON text, in this order, is the one that is accepted. */
export async function signJudgeAnswer(signer: Signer, facts: JudgeFacts) {
  const { ip, country, asn, headers, nonce } = facts;
  return { ip, country, asn, headers, nonce, signature: await signer.sign(PURPOSE, serialise(facts)) };
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

function lie(verdict: TamperVerdict, reason: string): JudgeReading {
  return { ok: false, verdict, reason };
}

export interface ExpectedAnswer {
  /** The nonce that this check just made: any other's answer is an old one. */
  nonce: string;
  proxyIp: string;
  allowPrivateNetworks: boolean;
}

/** Judges what came back through a proxy: ours, of this very check, unchanged to the byte, or a lie of some kind. */
export async function readJudgeAnswer(signer: Signer, text: string, expected: ExpectedAnswer): Promise<JudgeReading> {
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const resembles = ANSWER_FIELDS.filter((field) => text.includes(field)).length >= RESEMBLING_FIELDS;
    return resembles || text.includes(expected.nonce)
      ? lie('body_diff', "the judge's answer was changed on its way")
      : lie('always_200', "it answers with a page of its own instead of the judge's");
  }
  const { signature, ...facts } = parsed.data;
  if (!(await signer.verify(PURPOSE, serialise(facts), signature))) {
    return lie('signature', "the judge's signature is wrong");
  }
  if (facts.nonce !== expected.nonce) return lie('replay', 'it repeats an older answer of the judge');
  if (serialise(facts, signature) !== text) return lie('body_diff', "the judge's answer was changed on its way");
  const { ip: exitIp, country, asn } = facts;
  const headers = Object.entries(facts.headers);
  return {
    ok: true,
    evidence: { exitIp, country, asn, anonymity: classifyAnonymity({ ...expected, headers, exitIp }) },
  };
}
