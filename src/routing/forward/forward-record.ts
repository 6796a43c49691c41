import type { ProxiedRequest } from '../../ops/requests/request-log.types.ts';
import type { AppError } from '../../platform/errors/app-error.ts';
import { statusOfCode } from '../../platform/errors/error-shapes.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import type { StreamResponse } from '../../platform/net/dialer.ts';
import type { ForwardCall } from './forward.service.ts';
import { type ForwardOptions, forwardOptions } from './forward-request.model.ts';
import { type Passage, startPassage } from './through-target.ts';

/** What is known of a request so far, for the log. */
export interface ForwardRecord {
  readonly startedAtMs: number;
  readonly passage: Passage;
  /** Read once: each look into `Headers` is a call out of JavaScript. */
  readonly callersHeaders: readonly HeaderPair[];
  readonly options: ForwardOptions;
  sentHeaders: readonly HeaderPair[];
  requestBytes: () => number;
  answer: { response: StreamResponse; latencyMs: number } | null;
  refusal: AppError | null;
}

export function startRecord(startedAtMs: number, callersHeaders: Headers): ForwardRecord {
  return {
    startedAtMs,
    passage: startPassage(),
    callersHeaders: [...callersHeaders],
    options: forwardOptions(callersHeaders),
    sentHeaders: [],
    requestBytes: () => 0,
    answer: null,
    refusal: null,
  };
}

interface Ended {
  call: ForwardCall;
  targetName: string;
  request: Request;
  responseBytes: number | null;
  error: string | null;
}

/** A request that is over as the log takes it; the log takes out what is secret. */
export function toProxiedRequest(ended: Ended, record: ForwardRecord, nowMs: number): ProxiedRequest {
  const { call, targetName, request, responseBytes, error } = ended;
  const { startedAtMs, passage, callersHeaders, options, sentHeaders, answer, refusal } = record;
  const requestBytes = record.requestBytes();
  const responseHeaders = answer?.response.headers ?? [];
  const durationMs = nowMs - startedAtMs;
  const url = call.url.href;
  return {
    accountId: call.caller.accountId,
    face: 'routing',
    subdomain: targetName,
    method: request.method,
    url,
    statusCode: answer?.response.status ?? (refusal ? statusOfCode(refusal.code, 'pool') : 0),
    startedAtMs,
    durationMs,
    remoteAddress: call.remoteAddress,
    tag: options.tag,
    caller: { requestHeaders: callersHeaders, responseHeaders, requestBytes, responseBytes },
    target:
      passage.ip === null
        ? null
        : {
            requestHeaders: sentHeaders,
            responseHeaders,
            requestBytes,
            responseBytes,
            url,
            statusCode: answer?.response.status ?? null,
            durationMs: answer?.latencyMs ?? durationMs,
            error,
            proxy: passage.ip,
            attempts: passage.attempts,
          },
  };
}
