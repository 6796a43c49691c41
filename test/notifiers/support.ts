import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { parseConfig } from '../../src/platform/env.ts';
import { createServices } from '../../src/services.ts';
import { adminKey, call } from '../support/harness.ts';
import type { HookBehaviour, ReceivedHook, ReceivedMail } from '../support/notifier-peers.ts';

/** A secret in the form of Standard Webhooks that no other test has. */
export function webhookSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
}

/** A receiver of webhooks of a test's own. */
export function ownHook() {
  const url = `${env.TEST_PEERS.notifiers.hooks}/${crypto.randomUUID()}`;
  return {
    url,
    async answers(behaviour: HookBehaviour): Promise<void> {
      await (await fetch(url, { method: 'PUT', body: JSON.stringify(behaviour) })).text();
    },
    async received(): Promise<ReceivedHook[]> {
      return (await fetch(url)).json();
    },
  };
}

export type OwnHook = ReturnType<typeof ownHook>;

export async function mailsTo(address: string): Promise<ReceivedMail[]> {
  return (await fetch(`${env.TEST_PEERS.notifiers.mails}/?to=${encodeURIComponent(address)}`)).json();
}

export type NotifierBody = {
  id: string;
  name: string;
  kind: string;
  settings: Record<string, unknown>;
  has_secret: boolean;
  rotating_until: string | null;
  events: string[];
  is_active: boolean;
  disabled_reason: string | null;
  health: { healthy: boolean; consecutive_failures: number; last_error: string | null };
};

export type DeliveryBody = {
  id: string;
  type: string;
  data: Record<string, unknown>;
  status: string;
  attempts: number;
  next_attempt_at: string | null;
  response_status: number | null;
  last_error: string | null;
};

export function webhookFields(hook: Pick<OwnHook, 'url'>, fields: Record<string, unknown> = {}) {
  return {
    kind: 'webhook',
    name: `hook ${crypto.randomUUID()}`,
    settings: { url: hook.url },
    secret: webhookSecret(),
    events: ['*'],
    ...fields,
  };
}

export async function createNotifier(fields: Record<string, unknown>): Promise<NotifierBody> {
  const reply = await call<NotifierBody>('POST', '/notifiers', { key: adminKey, json: fields });
  expect([reply.status, reply.body]).toMatchObject([201, { id: expect.any(String) }]);
  return reply.body;
}

export async function getNotifier(notifierId: string): Promise<NotifierBody> {
  return (await call<NotifierBody>('GET', `/notifiers/${notifierId}`, { key: adminKey })).body;
}

export async function deliveriesOf(notifierId: string, query = ''): Promise<DeliveryBody[]> {
  const path = `/notifiers/${notifierId}/deliveries?limit=200${query}`;
  return (await call<{ items: DeliveryBody[] }>('GET', path, { key: adminKey })).body.items;
}

/** The services of the Worker under test, with some variables set otherwise. */
export function servicesWith(vars: Record<string, string>) {
  const parsed = parseConfig({ ...env, ...vars });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return createServices(env, parsed.config, () => {});
}
