import { documentedCodes, type Operation } from './document.ts';
import type { Expectation, GeneratedRequest } from './generated-requests.ts';
import type { SchemaJudge } from './reply-schemas.ts';
import type { SweepReply } from './sweep-client.ts';

/** What an answer must not tell of our inside. */
const INSIDE =
  /SQLITE|D1_ERROR|UNIQUE constraint|FOREIGN KEY|no such (?:table|column)|node_modules|\.ts:\d+|TypeError|at Object\./;
/** Codes that call a request itself bad. */
const CALLED_INVALID = new Set(['INVALID_JSON', 'VALIDATION_ERROR', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface ErrorReply {
  error: { code: string; message: string; details: Record<string, unknown> } | string;
  /** On the ops face, whose errors are flat. */
  code?: string;
  /** On the routing face. */
  errors?: { extensions: { code: string } }[];
}

/** The code of a refusal; null of any other answer. */
export function codeOf({ status, body }: SweepReply): string | null {
  if (status < 400) return null;
  const reply = body as ErrorReply | null;
  const code = typeof reply?.error === 'object' ? reply.error.code : reply?.code;
  return code ?? reply?.errors?.[0]?.extensions.code ?? null;
}

/** A source that fails is the source's fault; every other 5xx is ours. */
function isOurFault(status: number, code: string | null): boolean {
  return status >= 500 && !(status === 502 && code?.startsWith('SOURCE_'));
}

function errorProblem(operation: Operation, reply: SweepReply): string | null {
  const code = codeOf(reply);
  if (code === null) return 'an error without a code';
  if (!documentedCodes(operation, reply.status).includes(code)) return `the code ${code} is not documented`;
  if (reply.headers.get('cache-control') !== 'no-store') return 'an error that may be stored';
  return INSIDE.test(reply.text) ? 'an error that tells of the inside' : null;
}

function expectationProblem(expected: Expectation, { status }: SweepReply, code: string | null): string | null {
  if (expected === 'documented') return null;
  if (expected === 'accepted') {
    return code !== null && CALLED_INVALID.has(code)
      ? `the document allows this request, and it is refused with ${code}: document the rule, or give the sweep a hint`
      : null;
  }
  const { refusedWith } = expected;
  if (status < 400) return 'a bad request that was accepted';
  if (refusedWith === null || refusedWith === status || refusedWith === code) return null;
  // What is asked for is looked at before what is sent with it.
  return status === 404 && typeof refusedWith === 'string' ? null : `${status} ${code} instead of ${refusedWith}`;
}

/** What is wrong with an answer to a generated request; null when it is as the contract says. */
export function replyProblem(
  judge: SchemaJudge,
  operation: Operation,
  request: GeneratedRequest,
  reply: SweepReply,
): string | null {
  const code = codeOf(reply);
  if (isOurFault(reply.status, code)) return `our fault: ${reply.status} ${code}`;
  if (!UUID.test(reply.headers.get('x-request-id') ?? '')) return 'no x-request-id';
  return (
    judge.replyProblem(operation, reply.status, reply.body, reply.headers.get('content-type')) ??
    (reply.status >= 400 ? errorProblem(operation, reply) : null) ??
    expectationProblem(request.expected, reply, code)
  );
}
