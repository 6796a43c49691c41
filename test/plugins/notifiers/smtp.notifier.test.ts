import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { mailMessage } from '../../../src/plugins/notifiers/mail-message.ts';
import type { NotifierSecret } from '../../../src/plugins/notifiers/notifier.types.ts';
import { type SmtpSettings, smtpNotifier } from '../../../src/plugins/notifiers/smtp.notifier.ts';
import { contextWith, notificationOf, runNotifierContract } from '../../contracts/notifier.contract.ts';
import { mailsTo } from '../../notifiers/support.ts';

const locally = { allowPrivateNetworks: true };
const password: NotifierSecret = { current: 'correct horse', previous: null };

function mailbox(): string {
  return `ops-${crypto.randomUUID()}@example.com`;
}

function settingsOf(server: string, fields: Partial<SmtpSettings> = {}): SmtpSettings {
  return {
    host: 'localhost',
    port: env.TEST_PEERS.notifiers.smtp[server] ?? 1,
    security: 'none',
    username: null,
    from: 'switchyard@example.com',
    to: [mailbox()],
    ...fields,
  };
}

/** The text of a message as a reader sees it. */
function readable(message: string): string {
  const body = message.slice(message.indexOf('\r\n\r\n') + 4);
  return new TextDecoder().decode(Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (byte) => byte.charCodeAt(0)));
}

const withUser = { username: 'mailer' };

runNotifierContract<SmtpSettings>(smtpNotifier, {
  good: () => {
    const settings = settingsOf('tls', { security: 'tls', ...withUser });
    const received = async () => (await mailsTo(settings.to[0] ?? '')).map(({ text }) => readable(text));
    return { settings, secret: password, received };
  },
  bad: {
    refused: { settings: settingsOf('none there'), secret: null },
    closing: { settings: settingsOf('closing'), secret: null },
    'a wrong password': {
      settings: settingsOf('tls', { security: 'tls', ...withUser }),
      secret: { current: 'wrong donkey', previous: null },
    },
    'an unknown mailbox': { settings: settingsOf('plain', { to: ['nobody@example.com'] }), secret: null },
    'clear text where TLS was wanted': { settings: settingsOf('plain', { security: 'tls' }), secret: password },
    'a name that the certificate does not have': {
      settings: settingsOf('tls', { security: 'tls', host: '127.0.0.1' }),
      secret: password,
    },
    'no STARTTLS': { settings: settingsOf('plain', { security: 'starttls', ...withUser }), secret: password },
    'a line slipped in before TLS': { settings: settingsOf('injecting', { security: 'starttls' }), secret: password },
  },
  at: (host) => settingsOf('plain', { host, port: 465, security: 'tls' }),
  malformed: {
    'no mailbox': { host: 'mail.example.com', from: 'nobody', to: ['ops@example.com'] },
    'a header in a mailbox': {
      host: 'a.example',
      from: 'a@example.com\r\nBcc: b@example.com',
      to: ['ops@example.com'],
    },
    'a command in a mailbox': {
      host: 'a.example',
      from: 'a@example.com',
      to: ['ops@example.com>\r\nRCPT TO:<b@example.com'],
    },
    'no recipient': { host: 'mail.example.com', from: 'a@example.com', to: [] },
    'a line break in the user name': {
      host: 'a.example',
      from: 'a@example.com',
      to: ['b@example.com'],
      username: 'a\nb',
    },
    'a URL for a host': { host: 'https://mail.example.com', from: 'a@example.com', to: ['ops@example.com'] },
    'an unknown field': { host: 'mail.example.com', from: 'a@example.com', to: ['ops@example.com'], password: 'x' },
  },
  silent: { settings: settingsOf('silent'), secret: null },
  malformedSecrets: ['', 'a\r\nb', 'x'.repeat(2_000)],
});

describe('mail', () => {
  const send = (settings: SmtpSettings, secret: NotifierSecret | null = password, notification = notificationOf()) =>
    smtpNotifier.notify({ notification, settings, secret }, contextWith(locally));

  test.each([
    ['tls', 'tls', true],
    ['starttls', 'starttls', true],
    ['none', 'plain', false],
  ] as const)('goes out with security %s, signed in, to every recipient', async (security, server, secure) => {
    const second = mailbox();
    const to = [mailbox(), second];
    const outcome = await send(settingsOf(server, { security, to, ...withUser }));
    expect(outcome).toEqual({ kind: 'delivered', responseStatus: 250 });
    expect(await mailsTo(second)).toMatchObject([{ from: 'switchyard@example.com', to, user: 'mailer', secure }]);
  });

  test('goes out without signing in where no user is named', async () => {
    const settings = settingsOf('plain');
    expect(await send(settings, null)).toMatchObject({ kind: 'delivered' });
    expect(await mailsTo(settings.to[0] ?? '')).toMatchObject([{ user: null }]);
  });

  test('is a plain message whose id is the event’s, so that a double is known', async () => {
    const settings = settingsOf('plain');
    const notification = notificationOf();
    for (let count = 0; count < 2; count += 1) await send(settings, null, notification);
    const mails = await mailsTo(settings.to[0] ?? '');
    expect(mails).toHaveLength(2);
    for (const { text } of mails) {
      expect(text).toContain(`Message-ID: <${notification.eventId}@switchyard.invalid>\r\n`);
      expect(text).toContain('Subject: [Switchyard] proxy.pool_low\r\n');
      expect(text).toContain('Auto-Submitted: auto-generated\r\n');
      expect(readable(text)).toContain('pool: "default"');
      expect(text.split('\r\n').every((line) => line.length <= 78)).toBe(true);
    }
  });

  test('a value that could begin another header is never written', () => {
    for (const evil of ['a\r\nBcc: b@example.com', 'a\nb', 'a\rb', 'a\0', 'ü', '瘍瘊']) {
      for (const fields of [{ from: evil }, { to: ['ops@example.com', evil] }]) {
        const mail = { from: 'a@example.com', to: ['b@example.com'], sentAtMs: 0, ...fields };
        expect(() => mailMessage(notificationOf(), mail)).toThrow();
      }
      expect(() => mailMessage({ ...notificationOf(), type: evil }, { from: 'a@b.c', to: [], sentAtMs: 0 })).toThrow();
    }
  });

  test('on a deployment only submission ports are reached, and no password goes over clear text', async () => {
    const policy = { allowPrivateNetworks: false };
    const refusal = (fields: Partial<SmtpSettings>, hasSecret: boolean) =>
      smtpNotifier.assertAllowed(settingsOf('plain', { host: 'mail.example.com', ...fields }), hasSecret, policy);
    for (const port of [22, 25, 80, 443, 6379]) {
      await expect(refusal({ port, security: 'tls' }, false)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    }
    for (const port of [465, 587, 2525]) await refusal({ port, security: 'starttls', ...withUser }, true);
    await expect(refusal({ port: 587 }, true)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    await expect(refusal({ port: 587, ...withUser }, false)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });
});
