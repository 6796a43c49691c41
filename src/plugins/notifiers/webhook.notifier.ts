import { z } from 'zod';
import { AppError } from '../../platform/errors/app-error.ts';
import { assertPublicUrl, MAX_URL_LENGTH } from '../../platform/net/public-url.ts';
import { version } from '../../version.ts';
import { type Notifier, type NotifyOutcome, notificationBody } from './notifier.types.ts';
import { parseWebhookSecret, webhookHeaders } from './standard-webhook.ts';

const settingsSchema = z.strictObject({
  url: z
    .string()
    .max(MAX_URL_LENGTH)
    .refine(
      (text) => text.isWellFormed() && /^https?:\/\//i.test(text) && URL.canParse(text),
      'must be an http or https URL',
    ),
});

export type WebhookSettings = z.infer<typeof settingsSchema>;

/** A year in seconds has eight digits; more is nonsense. */
const MAX_RETRY_AFTER_DIGITS = 9;

/** `Retry-After` (RFC 9110 section 10.2.3), seconds or a date, as a pause in milliseconds; null without a good one. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return text.length > MAX_RETRY_AFTER_DIGITS ? null : Number(text) * 1_000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) || !/[a-z]/i.test(text) ? null : Math.max(0, atMs - nowMs);
}

function failed(error: string): NotifyOutcome {
  return { kind: 'failed', responseStatus: null, error, retryAfterMs: null };
}

function outcomeOf(response: Response, nowMs: number): NotifyOutcome {
  const responseStatus = response.status;
  if (response.ok) return { kind: 'delivered', responseStatus };
  if (responseStatus === 410) return { kind: 'gone', responseStatus, error: 'The receiver answered 410 Gone.' };
  const isRedirect = responseStatus >= 300 && responseStatus < 400;
  const error = `The receiver answered ${responseStatus}${isRedirect ? ', a redirect, which is not followed' : ''}.`;
  return {
    kind: 'failed',
    responseStatus,
    error,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), nowMs),
  };
}

/** Standard Webhooks 1.0: a signed POST that only a 2xx acknowledges. */
export const webhookNotifier: Notifier<WebhookSettings> = {
  name: 'webhook',
  settingsSchema,
  secretSchema: z
    .string()
    .refine((text) => parseWebhookSecret(text) !== null, 'must be whsec_ followed by base64 of 24 to 64 random bytes'),
  secretIs: 'required',
  rotatesSecret: true,
  secretGoesTo: () => null,
  async assertAllowed({ url }, _hasSecret, policy) {
    await assertPublicUrl(url, policy);
  },
  async notify({ notification, settings, secret }, { policy, clock, fetch, timeoutMs }) {
    if (!secret) return failed('There is no secret to sign with.');
    const secrets = secret.previous === null ? [secret.current] : [secret.current, secret.previous];
    const body = notificationBody(notification);
    const signed = await webhookHeaders({ id: notification.eventId, atMs: clock.nowMs(), body }, secrets);
    try {
      const url = await assertPublicUrl(settings.url, policy);
      const response = await fetch(url.href, {
        method: 'POST',
        headers: { ...signed, 'content-type': 'application/json', 'user-agent': `switchyard/${version}` },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      // The status is the answer; whatever else it sends is not waited for.
      response.body?.cancel().catch(() => undefined);
      return outcomeOf(response, clock.nowMs());
    } catch (error) {
      if (error instanceof AppError) return failed(error.message);
      const isTimeout = error instanceof Error && error.name === 'TimeoutError';
      return failed(
        isTimeout ? `The receiver did not answer within ${timeoutMs / 1_000} s.` : 'The receiver could not be reached.',
      );
    }
  },
};
