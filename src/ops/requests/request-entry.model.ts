import { type Mask, maskOf, redactBody, redactHeaders, redactUrl } from '../../platform/log/redact-exchange.ts';
import type { KeptTraffic, LegTraffic, ProxiedRequest, RequestDetail, RequestEntry } from './request-log.types.ts';

/** Longer names, tags and reasons are cut. */
const MAX_WORD_CHARACTERS = 200;

function keptTraffic(leg: LegTraffic, mask: Mask): KeptTraffic {
  return {
    requestHeaders: redactHeaders(leg.requestHeaders, mask),
    responseHeaders: redactHeaders(leg.responseHeaders, mask),
    requestBytes: leg.requestBytes,
    responseBytes: leg.responseBytes,
  };
}

function contentTypeOf(headers: Iterable<readonly [string, string]>): string {
  for (const [name, value] of headers) if (name.toLowerCase() === 'content-type') return value;
  return '';
}

function word(text: string): string {
  return text.slice(0, MAX_WORD_CHARACTERS).toWellFormed();
}

/** What is kept of a proxied request: bounded in every field, and without secrets. */
export function toRequestEntry(request: ProxiedRequest): RequestEntry {
  const { caller, target, requestBody, responseBody, secrets = [] } = request;
  const mask = maskOf(secrets);
  const detail: RequestDetail = {
    caller: keptTraffic(caller, mask),
    target: target && {
      ...keptTraffic(target, mask),
      url: redactUrl(target.url, mask),
      statusCode: target.statusCode,
      durationMs: Math.max(0, Math.round(target.durationMs)),
      error: target.error === null ? null : redactUrl(word(target.error), mask),
      proxy: target.proxy === null ? null : redactUrl(target.proxy, mask),
      attempts: target.attempts,
    },
    requestBody: requestBody ? redactBody(requestBody, contentTypeOf(caller.requestHeaders), mask) : null,
    responseBody: responseBody ? redactBody(responseBody, contentTypeOf(caller.responseHeaders), mask) : null,
  };
  return {
    accountId: request.accountId,
    face: request.face,
    subdomain: word(request.subdomain),
    method: word(request.method.toUpperCase()),
    url: redactUrl(request.url, mask),
    statusCode: request.statusCode,
    startedAtMs: request.startedAtMs,
    durationMs: Math.max(0, Math.round(request.durationMs)),
    remoteAddress: request.remoteAddress,
    tag: request.tag === null ? null : redactUrl(word(request.tag), mask),
    detail: JSON.stringify(detail),
  };
}
