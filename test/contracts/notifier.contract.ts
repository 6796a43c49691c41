import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { systemClock } from '../../src/platform/clock.ts';
import { AppError } from '../../src/platform/errors/app-error.ts';
import { createId } from '../../src/platform/ids.ts';
import type { AddressPolicy } from '../../src/platform/net/public-url.ts';
import type {
  Notification,
  Notifier,
  NotifierSecret,
  NotifyContext,
  NotifyOutcome,
} from '../../src/plugins/notifiers/notifier.types.ts';

/** What a notifier of one kind is tried with: real receivers. */
export interface NotifierSamples<Settings> {
  /** Settings of a receiver that takes what it gets, one of its own at each call, and what it took. */
  good(): { settings: Settings; secret: NotifierSecret | null; received(): Promise<string[]> };
  /** Settings of receivers that are not there, hang up, or refuse. */
  bad: Record<string, { settings: Settings; secret: NotifierSecret | null }>;
  /** Settings that name this host. */
  at(host: string): Settings;
  /** What its schema must refuse, and why. */
  malformed: Record<string, unknown>;
  malformedSecrets: readonly string[];
  /** A receiver that says nothing at all. */
  silent: { settings: Settings; secret: NotifierSecret | null };
}

const locally: AddressPolicy = { allowPrivateNetworks: true };
const deployed: AddressPolicy = { allowPrivateNetworks: false };

export function notificationOf(data: Record<string, unknown> = { pool: 'default', leasable: 7 }): Notification {
  return { eventId: createId(), type: 'proxy.pool_low', occurredAtMs: Date.UTC(2026, 0, 15, 10, 30), data };
}

export function contextWith(policy: AddressPolicy, overrides: Partial<NotifyContext> = {}): NotifyContext {
  return { policy, clock: systemClock, fetch: (url, init) => fetch(url, init), timeoutMs: 10_000, ...overrides };
}

async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

/** What every notifier must do. */
export function runNotifierContract<Settings>(notifier: Notifier<Settings>, samples: NotifierSamples<Settings>): void {
  describe(`notifier ${notifier.name} keeps the contract`, () => {
    test('a receiver gets the event, whatever is in it', async () => {
      for (const data of [{ leasable: 7 }, { text: 'ü 🦊 \r\n.\r\nQUIT "\\' }, {}]) {
        const { settings, secret, received } = samples.good();
        const notification = notificationOf(data);
        const outcome = await notifier.notify({ notification, settings, secret }, contextWith(locally));
        expect(outcome).toMatchObject({ kind: 'delivered' });
        const body = { type: 'proxy.pool_low', timestamp: '2026-01-15T10:30:00.000Z', data };
        const messages = await received();
        expect(messages).toHaveLength(1);
        expect(messages[0]).toContain(JSON.stringify(body));
      }
    });

    test('whatever a receiver does is an outcome that says why, in one sentence without secrets', async () => {
      for (const [what, { settings, secret }] of Object.entries(samples.bad)) {
        const outcome: NotifyOutcome = await notifier.notify(
          { notification: notificationOf(), settings, secret },
          contextWith(locally),
        );
        expect([what, outcome]).toMatchObject([what, { kind: 'failed', error: expect.stringMatching(/^[A-Z].*\.$/) }]);
        expect(JSON.stringify(outcome)).not.toContain(secret?.current ?? 'nothing to look for');
      }
    });

    test('a receiver that says nothing is given up at the time limit', async () => {
      const { settings, secret } = samples.silent;
      const context = contextWith(locally, { timeoutMs: 100 });
      const outcome = await notifier.notify({ notification: notificationOf(), settings, secret }, context);
      expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('within 0.1 s') });
    });

    test('it does not go to addresses that are not public, at the settings and at each attempt', async () => {
      const { secret } = samples.good();
      for (const host of ['127.0.0.1', '10.0.0.1', 'localhost', '169.254.169.254', 'printer.local']) {
        const settings = samples.at(host);
        expect(await refusalOf(notifier.assertAllowed(settings, false, deployed))).toBe('ADDRESS_NOT_ALLOWED');
        const fetched: string[] = [];
        const context = contextWith(deployed, {
          fetch: async (url) => {
            fetched.push(url);
            return new Response();
          },
        });
        const outcome = await notifier.notify({ notification: notificationOf(), settings, secret }, context);
        expect([host, outcome, fetched]).toMatchObject([host, { kind: 'failed' }, []]);
      }
    });

    test('a name that turned private since it was accepted is refused at the attempt', async () => {
      const settings = samples.at('mail.example.com');
      const moved: AddressPolicy = { allowPrivateNetworks: false, resolve: async () => ['10.0.0.1'] };
      const still: AddressPolicy = { allowPrivateNetworks: false, resolve: async () => ['93.184.215.14'] };
      expect(await refusalOf(notifier.assertAllowed(settings, false, still))).toBeNull();
      const { secret } = samples.good();
      const outcome = await notifier.notify({ notification: notificationOf(), settings, secret }, contextWith(moved));
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: 'The host name points at an address that is not public.',
      });
    });

    test('settings and secrets in another form are refused', () => {
      const schema: z.ZodType = notifier.settingsSchema;
      for (const [why, settings] of Object.entries(samples.malformed)) {
        expect([why, schema.safeParse(settings).success]).toEqual([why, false]);
      }
      for (const secret of samples.malformedSecrets) {
        expect([secret, notifier.secretSchema.safeParse(secret).success]).toEqual([secret, false]);
      }
    });
  });
}
