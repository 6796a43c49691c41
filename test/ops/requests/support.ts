import { env } from 'cloudflare:workers';
import { configOf } from '../../../src/config.ts';
import type { ProxiedRequest } from '../../../src/ops/requests/request-log.types.ts';
import { createServices } from '../../../src/services.ts';

/** A plain request, as a data plane would tell of it. */
export function proxiedRequest(accountId: string, changes: Partial<ProxiedRequest> = {}): ProxiedRequest {
  const startedAtMs = changes.startedAtMs ?? Date.now();
  return {
    accountId,
    face: 'gateway',
    subdomain: 'users-api',
    method: 'GET',
    url: '/v1/users?page=2',
    statusCode: 200,
    startedAtMs,
    durationMs: 45,
    remoteAddress: '203.0.113.7',
    tag: null,
    caller: { requestHeaders: [], responseHeaders: [], requestBytes: 0, responseBytes: 17 },
    target: {
      requestHeaders: [],
      responseHeaders: [],
      requestBytes: 0,
      responseBytes: 17,
      url: 'https://api.example/v1/users?page=2',
      statusCode: 200,
      durationMs: 40,
      error: null,
      proxy: null,
      attempts: 1,
    },
    ...changes,
  };
}

/** Logs requests in this order, and waits until all are written. */
export async function logRequests(requests: readonly ProxiedRequest[], environment: Env = env): Promise<void> {
  const written: Promise<unknown>[] = [];
  const { requestLog } = createServices(environment, configOf(environment), (work) => void written.push(work));
  for (const request of requests) requestLog.append(request);
  await Promise.all(written);
}
