import { statusOfCode } from '../../platform/errors/error-shapes.ts';
import { toAppError } from '../../platform/errors/http-mapper.ts';
import { AS_IT_IS, announcedLength, isBodiless } from '../../platform/http/passed-body.ts';
import { toHeadersInit } from '../../platform/http/passed-headers.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import type { RateLimiter } from '../../platform/rate-limit/rate-window.client.ts';
import { admit } from './admission.ts';
import { answerFields } from './answer-headers.model.ts';
import type { BodyCapture } from './body-capture.ts';
import type { CallRecorder, GatewayCall, Visitor } from './exchange.ts';
import { denied } from './refusals.ts';
import type { Snapshots } from './snapshot.client.ts';
import type { TargetAnswer, TargetCaller } from './target-call.ts';

interface Dependencies {
  snapshots: Snapshots;
  rateLimiter: RateLimiter;
  targetCaller: TargetCaller;
  recorder: CallRecorder;
}

function bodyOf({ upstream, isFromSocket }: TargetAnswer, bodies: BodyCapture | null) {
  const { status, headers, body } = upstream;
  if (body === null || isBodiless(status)) return null;
  if (!bodies) return body;
  // What `fetch` gave is read decoded, and encoded anew by the runtime: nobody knows to what length.
  const isDecoded = !isFromSocket && headers.has('content-encoding');
  return bodies.response(body, isDecoded ? null : announcedLength(headers));
}

function answerOf(answer: TargetAnswer, fields: readonly HeaderPair[], bodies: BodyCapture | null): Response {
  const { upstream, isFromSocket } = answer;
  const { status, statusText, webSocket } = upstream;
  // What `fetch` gave stays untouched while the encoding does: the runtime hands such a body on as the bytes that came.
  const init = { status, statusText, headers: toHeadersInit(fields), webSocket, ...(isFromSocket ? AS_IT_IS : {}) };
  return new Response(bodyOf(answer, bodies), init);
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
        const answer = await targetCaller.call(request, call, exchange);
        const fields = answerFields(answer.fields, answer.parts);
        const response = answerOf(answer, fields, exchange.bodies);
        recorder.close(exchange, response.status, fields);
        return response;
      } catch (error) {
        const shown = toAppError(error);
        recorder.close(exchange, statusOfCode(shown.code, 'pool'), Object.entries(shown.headers));
        throw error;
      }
    },
  };
}
