import { expect } from 'vitest';
import { call, type Reply } from '../support/harness.ts';

export interface SessionBody {
  id: string;
  profile_id: string;
  device: string;
  target_url: string | null;
  proxy: string | null;
  country: string | null;
  start_time: string;
  end_time: string | null;
  duration: number | null;
  success: boolean | null;
  error: string | null;
  status: string;
}

export interface EventBody {
  id: number;
  session_id: string;
  event_type: string;
  timestamp: string;
  details: Record<string, unknown>;
}

export interface PageBody {
  total: number;
  page: number;
  per_page: number;
  total_pages: number;
}

/** Calls the sessions face as the reference's clients do: with `X-API-Key`. */
export function clientOf(key: string) {
  const headers = { 'x-api-key': key };
  return {
    get: <Body = Record<string, unknown>>(path: string) => call<Body>('GET', path, { headers }),
    post: <Body = Record<string, unknown>>(path: string, json: unknown, more: Record<string, string> = {}) =>
      call<Body>('POST', path, { headers: { ...headers, ...more }, json }),
    /** A body that no JSON.stringify would make. */
    postText: (path: string, text: string) => call('POST', path, { headers, text }),
  };
}

export type SessionsClient = ReturnType<typeof clientOf>;

/** A session of its own for a test. */
export async function registered(client: SessionsClient, fields: Record<string, unknown> = {}): Promise<string> {
  const sessionId = `session-${crypto.randomUUID()}`;
  const reply = await client.post('/api/sessions/register', {
    session_id: sessionId,
    profile_id: 'profile_1',
    device: 'desktop',
    ...fields,
  });
  expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('registered')]);
  return String(fields.session_id ?? sessionId);
}

/** A session that has come to its end. */
export async function ended(
  client: SessionsClient,
  success: boolean,
  fields: Record<string, unknown> = {},
  end: Record<string, unknown> = {},
): Promise<string> {
  const sessionId = await registered(client, fields);
  const reply = await client.post('/api/sessions/end', { session_id: sessionId, success, duration: 15, ...end });
  expect([reply.status, reply.body.status]).toEqual([200, 'ended']);
  return sessionId;
}

/** The detail of a refusal with this status. */
export function refusedAs({ status, body }: Reply): [number, unknown] {
  return [status, body.detail];
}
