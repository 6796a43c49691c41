import type { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { AddressPolicy } from '../../platform/net/public-url.ts';

/** One event on its way to one receiver. */
export interface Notification {
  /** Constant over retries and redeliveries: receivers drop doubles by it. */
  eventId: string;
  /** For example `credits.low`. */
  type: string;
  occurredAtMs: number;
  /** JSON values only; never a secret. */
  data: Readonly<Record<string, unknown>>;
}

/** The secret of a notifier, decrypted: `previous` is the one before it, while a rotation is under way. */
export interface NotifierSecret {
  current: string;
  previous: string | null;
}

/** How one attempt ended. Errors are one sentence for people, without secrets and without the URL's query. */
export type NotifyOutcome =
  /** The receiver took it. `responseStatus`: an HTTP status or an SMTP reply code. */
  | { kind: 'delivered'; responseStatus: number | null }
  /** To be tried again, not before `retryAfterMs` when the receiver asked for patience. */
  | { kind: 'failed'; responseStatus: number | null; error: string; retryAfterMs: number | null }
  /** The receiver wants nothing any more, for good. */
  | { kind: 'gone'; responseStatus: number | null; error: string };

export interface NotifyRequest<Settings> {
  notification: Notification;
  settings: Settings;
  secret: NotifierSecret | null;
}

/** All that a notifier gets of the product. */
export interface NotifyContext {
  /** Where it may go; to be judged again at every attempt, since names move. */
  policy: AddressPolicy;
  clock: Clock;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** From the first byte to the verdict. */
  timeoutMs: number;
}

/** One way to tell the world. Notifiers hold no state: settings and secret come with each call. */
export interface Notifier<Settings = unknown> {
  /** The name on the wire: `kind`. */
  readonly name: string;
  /** What has to be said of a receiver; no secret in it. A strict object, or a union of them. */
  readonly settingsSchema: z.ZodType<Settings>;
  /** Its secret; `optional` when it works without one. */
  readonly secretSchema: z.ZodType<string>;
  readonly secretIs: 'required' | 'optional';
  /** True when a receiver can be shown both secrets while it changes over. */
  readonly rotatesSecret: boolean;
  /** Where the secret goes: when a change of the settings moves it elsewhere, the stored one does not follow. Null: it stays here. */
  secretGoesTo(settings: Settings): string | null;
  /** Throws `ADDRESS_NOT_ALLOWED` when the settings lead where nobody may be sent. */
  assertAllowed(settings: Settings, hasSecret: boolean, policy: AddressPolicy): Promise<void>;
  /** Tells once, within `timeoutMs`. Whatever the receiver does is an outcome, never a throw. */
  notify(request: NotifyRequest<Settings>, context: NotifyContext): Promise<NotifyOutcome>;
}

/** How long a receiver may take: what Standard Webhooks 1.0 recommends at least. */
export const NOTIFY_TIMEOUT_MS = 15_000;

/** The JSON that tells of an event, whatever carries it. */
export function notificationBody({ type, occurredAtMs, data }: Notification): string {
  return JSON.stringify({ type, timestamp: new Date(occurredAtMs).toISOString(), data });
}
