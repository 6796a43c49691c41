import { errorShapeOf } from '../../src/faces.ts';
import { type ErrorCode, errorCodes } from '../../src/platform/errors/error-codes.ts';
import { statusOfCode } from '../../src/platform/errors/error-shapes.ts';
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

interface ErrorReply {
  error?: { code?: string };
  code?: string;
  /** On the routing face. */
  errors?: { extensions: { code: string } }[];
}

/** The code of a refusal; null of any other answer, and where the face tells none. */
function codeOf({ status, body }: SweepReply): string | null {
  const { error, code, errors } = (body ?? {}) as ErrorReply;
  return status < 400 ? null : (error?.code ?? code ?? errors?.[0]?.extensions.code ?? null);
}

/** The sessions face tells no code: its status, and the schema of its body, must do. */
function tellsCodes(operation: Operation): boolean {
  return errorShapeOf(operation.path) !== 'sessions';
}

/** True when a reply's status is that of a code on the operation's face. */
function hasStatusOf({ path }: Operation, status: number, code: string): boolean {
  return Object.hasOwn(errorCodes, code) && statusOfCode(code as ErrorCode, errorShapeOf(path)) === status;
}

/** A source that fails is the source's fault; every other 5xx is ours. */
function isOurFault(status: number, code: string | null): boolean {
  return status >= 500 && !(status === 502 && code?.startsWith('SOURCE_'));
}

function errorProblem(operation: Operation, reply: SweepReply): string | null {
  const code = codeOf(reply);
  if (tellsCodes(operation) && code === null) return 'an error without a code';
  if (code !== null && !documentedCodes(operation, reply.status).includes(code))
    return `the code ${code} is not documented`;
  if (reply.headers.get('cache-control') !== 'no-store') return 'an error that may be stored';
  return INSIDE.test(reply.text) ? 'an error that tells of the inside' : null;
}

/** Whether a refusal calls the request itself bad. */
function callsInvalid(operation: Operation, status: number, code: string | null): boolean {
  if (tellsCodes(operation)) return code !== null && CALLED_INVALID.has(code);
  return [...CALLED_INVALID].some((invalid) => hasStatusOf(operation, status, invalid));
}

function expectationProblem(
  operation: Operation,
  expected: Expectation,
  { status, text }: SweepReply,
  code: string | null,
) {
  if (expected === 'documented') return null;
  if (expected === 'accepted') {
    return callsInvalid(operation, status, code)
      ? `the document allows this request, and it is refused with ${code ?? text}: document the rule, or give the sweep a hint`
      : null;
  }
  const { refusedWith } = expected;
  if (status < 400) return 'a bad request that was accepted';
  if (refusedWith === null || refusedWith === status || refusedWith === code) return null;
  if (typeof refusedWith === 'string' && code === null && hasStatusOf(operation, status, refusedWith)) return null;
  // A bad key is told from none on the sessions face.
  const isBadKey = !tellsCodes(operation) && hasStatusOf(operation, status, 'INVALID_API_KEY');
  if (refusedWith === 'UNAUTHORIZED' && isBadKey) return null;
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
    expectationProblem(operation, request.expected, reply, code)
  );
}
