import { allows, type Caller } from '../../accounts/actor.ts';
import { toTimestamp } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { LoggedBody } from '../../platform/log/redact-exchange.ts';
import type { Identified, RequestLog } from './request-log.client.ts';
import type { KeptSummary, KeptTraffic, RequestFilters } from './request-log.types.ts';
import type { ListRequestsQuery, RequestAnswer, RequestDetailAnswer, RequestFiltersQuery } from './requests.schemas.ts';

/** Whose requests a caller sees: its own; an admin all (null). */
export function seenAccount(caller: Caller): string | null {
  return allows(caller, 'admin') ? null : caller.accountId;
}

export function toRequestFilters(query: RequestFiltersQuery, caller: Caller): RequestFilters {
  const { subdomain, method, min_status: minStatus, max_status: maxStatus } = query;
  return { accountId: seenAccount(caller), subdomain, method, minStatus, maxStatus };
}

/** A request as lists and streams show it. */
export function toRequestAnswer(request: Identified<KeptSummary>): RequestAnswer {
  return {
    id: request.id,
    timestamp: toTimestamp(request.startedAtMs),
    method: request.method,
    url: request.url,
    subdomain: request.subdomain,
    status_code: request.statusCode,
    duration_ms: request.durationMs,
    remote_addr: request.remoteAddress ?? '',
    face: request.face,
    tag: request.tag,
  };
}

function toTrafficAnswer(traffic: KeptTraffic) {
  const pairs = (headers: KeptTraffic['requestHeaders']) =>
    headers.map(([name, value]): [string, string] => [name, value]);
  return {
    request_headers: pairs(traffic.requestHeaders),
    response_headers: pairs(traffic.responseHeaders),
    request_bytes: traffic.requestBytes,
    response_bytes: traffic.responseBytes,
  };
}

function toBodyAnswer(body: LoggedBody | null) {
  return body && { text: body.text, truncated: body.isTruncated };
}

/** What the ops face tells of proxied requests. */
export function createRequestsService(requestLog: RequestLog) {
  return {
    /** The newest matches, newest first. */
    async list(query: ListRequestsQuery, caller: Caller) {
      const { requests, totalCount } = await requestLog.list(toRequestFilters(query, caller), query.limit);
      return {
        requests: requests.map(toRequestAnswer),
        filtered_count: requests.length,
        total_count: totalCount,
      };
    },

    /** One request with headers, both legs and bodies; another account's is not there (404). */
    async get(id: string, caller: Caller): Promise<RequestDetailAnswer> {
      const found = await requestLog.find(id, seenAccount(caller));
      if (!found) throw appError('NOT_FOUND', { message: 'There is no request with this id.' });
      const { caller: callerLeg, target, requestBody, responseBody } = found.detail;
      return {
        ...toRequestAnswer(found),
        account_id: found.accountId,
        caller: toTrafficAnswer(callerLeg),
        target: target && {
          ...toTrafficAnswer(target),
          url: target.url,
          status_code: target.statusCode,
          duration_ms: target.durationMs,
          error: target.error,
          proxy: target.proxy,
          attempts: target.attempts,
        },
        request_body: toBodyAnswer(requestBody),
        response_body: toBodyAnswer(responseBody),
      };
    },
  };
}

export type RequestsService = ReturnType<typeof createRequestsService>;
