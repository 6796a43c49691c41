import { statusOfCode } from '../../platform/errors/error-shapes.ts';
import { toAppError } from '../../platform/errors/http-mapper.ts';
import { dropHopByHop } from '../../platform/http/passed-headers.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import { admit } from './admission.ts';
import { isolateOrigin, stripConfigured } from './answer-headers.model.ts';
import type { CallRecorder, GatewayCall, Visitor } from './exchange.ts';
import { configuredParameters } from './outgoing.model.ts';
import { denied, outcomeHeaders } from './refusals.ts';
import type { Snapshots } from './snapshot.client.ts';
import type { TargetAnswer, TargetCaller } from './target-call.ts';

/** Statuses that have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([101, 204, 205, 304]);

interface Dependencies {
  snapshots: Snapshots;
  rateLimiter: RateLimiter;
  targetCaller: TargetCaller;
  recorder: CallRecorder;
}

function answerOf({ upstream, parts }: TargetAnswer): Response {
  const headers = new Headers(upstream.headers);
  dropHopByHop(headers);
  stripConfigured(headers, configuredParameters(parts), parts.targetCredential);
  isolateOrigin(headers);
  for (const [name, value] of Object.entries(outcomeHeaders(true, 'Access granted'))) headers.set(name, value);
  const { status, statusText, webSocket } = upstream;
  // Untouched while the encoding stays the same: the runtime hands such a body on as the bytes that came.
  return new Response(BODILESS.has(status) ? null : upstream.body, { status, statusText, headers, webSocket });
}

/** Carries calls to targets; each call to a proxy that there is, refused ones too, is counted and logged. */
export function createForwarder({ snapshots, rateLimiter, targetCaller, recorder }: Dependencies) {
  return {
    async forward(request: Request, call: GatewayCall, visitor: Visitor): Promise<Response> {
      const snapshot = await snapshots.get(call.name);
      if (!snapshot) throw denied('NOT_FOUND', 'There is no such proxy.');
      const exchange = recorder.open({ snapshot, visitor, request, call });
      try {
        await admit(request, call, snapshot, rateLimiter);
        const answer = answerOf(await targetCaller.call(request, call, exchange));
        recorder.close(exchange, answer.status, answer.headers);
        return answer;
      } catch (error) {
        const shown = toAppError(error);
        recorder.close(exchange, statusOfCode(shown.code, 'pool'), new Headers(shown.headers));
        throw error;
      }
    },
  };
}
