import { call } from '../support/harness.ts';
import type { TestProxy } from './support.ts';

/** An entry of the request log, as the list shows it. */
export interface Logged {
  id: string;
  status_code: number;
  method: string;
  url: string;
  subdomain: string;
}

/** The newest entries of a proxy's owner, once there are so many. */
export async function logged({ client }: TestProxy, count: number): Promise<Logged[]> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { body } = await call<{ requests: Logged[] }>('GET', '/api/v1/proxy/requests', { key: client.key });
    if (body.requests.length >= count) return body.requests;
    await scheduler.wait(100);
  }
  throw new Error('the calls were never logged');
}

export type TelemetryReply = {
  message: string;
  interval: string;
  telemetry: Record<string, Record<string, number>>[];
};

/** What the telemetry says of a proxy. */
export function askTelemetry({ client, proxyId }: TestProxy, query = '') {
  const path = `/api/clients/${client.clientId}/proxies/${proxyId}/telemetry${query}`;
  return call<TelemetryReply>('GET', path, { key: client.key });
}

/** What all records together say of one count. */
export function sum({ telemetry }: TelemetryReply, map: string, key: string): number {
  return telemetry.reduce((total, record) => total + (record[map]?.[key] ?? 0), 0);
}

/** Until the telemetry has so many calls, which takes some tenths of a second after the last. */
export async function untilCounted(proxy: TestProxy, count: number, query = ''): Promise<TelemetryReply> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { body } = await askTelemetry(proxy, query);
    if (sum(body, 'countMap', 'proxy') >= count) return body;
    await scheduler.wait(100);
  }
  throw new Error('the calls were never counted');
}
