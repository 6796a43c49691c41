import type { Role } from '../../accounts/actor.ts';
import { scopesOf } from '../../accounts/actor.ts';
import { type AppError, appError } from '../../platform/errors/app-error.ts';
import { AS_IT_IS, isBodiless } from '../../platform/http/passed-body.ts';
import { passedFields, toHeadersInit } from '../../platform/http/passed-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import { DialError, type Dialer, type StreamResponse } from '../../platform/net/dialer.ts';
import type { SnapshotTarget } from '../configuration/routing-snapshots.ts';
import {
  type Passage,
  passageHeaders,
  type TargetAnswer,
  type TargetRequest,
  type ThroughDependencies,
  throughTarget,
} from './through-target.ts';

/** Whose requests may go through a target: as it says, else those of all who may write. */
export function mayForward({ definition }: SnapshotTarget, role: Role): boolean {
  return definition.allowedRoles?.includes(role) ?? scopesOf(role).includes('write');
}

/** The refusal of a role that `mayForward` does not let through. */
export function notTaken({ definition: { name } }: SnapshotTarget, role: Role): AppError {
  const message = `The target '${name}' does not take the role '${role}': an operator names roles in its allowedRoles.`;
  return appError('FORBIDDEN', { message });
}

function answerHeaders(received: StreamResponse['headers'], passage: Passage): HeadersInit {
  const ours = passageHeaders(passage);
  const fields = received.map(([name, value]): HeaderPair => [name.toLowerCase(), value]);
  const passed = passedFields(fields, (name) => Object.hasOwn(ours, name));
  return toHeadersInit([...passed, ...Object.entries(ours)]);
}

function toResponse({ status, headers: received, body }: StreamResponse, passage: Passage, method: string): Response {
  const headers = answerHeaders(received, passage);
  const init = { status, headers, ...AS_IT_IS };
  if (isBodiless(status) || method === 'HEAD') return new Response(null, init);
  return new Response(body, init);
}

function assertSendable(dialer: Dialer, request: Parameters<Dialer['assertSendable']>[0]): void {
  try {
    dialer.assertSendable(request);
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    throw appError('VALIDATION_ERROR', { message: error.message });
  }
}

/**
 * Sends a request through a target's IPs; its answer is for whoever asked, streamed as it comes. Throws `AppError`:
 * `VALIDATION_ERROR` for what can't be written as HTTP/1.1, and what `throughTarget` throws.
 */
export async function sendThrough(
  dependencies: ThroughDependencies,
  target: SnapshotTarget,
  request: TargetRequest,
): Promise<TargetAnswer & { answer: Response }> {
  assertSendable(dependencies.dialer, request);
  const sending = throughTarget(dependencies, target, request);
  if (target.followsInventory && target.configuration.ips.length === 0) {
    const { passage } = request;
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    sending.then(over, over);
    dependencies.waitUntil(dependencies.promptFollower.whileWaiting(() => !isOver && passage.attempts === 0));
  }
  const answered = await sending;
  return { ...answered, answer: toResponse(answered.response, answered.passage, request.method) };
}
