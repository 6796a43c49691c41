import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { z } from 'zod';
import { utf8 } from '../../platform/bytes.ts';
import { AppError, appError } from '../../platform/errors/app-error.ts';
import { Deadline, DialError } from '../../platform/net/dialer.ts';
import { assertPublicHost, MAX_HOSTNAME_LENGTH } from '../../platform/net/public-url.ts';
import { openServiceSocket, serviceSecurities } from '../../platform/net/service-socket.ts';
import { StreamDuplex } from '../../platform/net/stream-duplex.ts';
import { mailMessage } from './mail-message.ts';
import type { Notifier, NotifyOutcome, NotifyRequest } from './notifier.types.ts';
import { StartTlsError, startTlsOverSmtp } from './smtp-starttls.ts';

/** RFC 5321 section 4.5.3.1.3. */
const MAX_MAILBOX_CHARACTERS = 254;
/** People who are told; for more there are mailing lists. */
export const MAX_RECIPIENTS = 10;
const MAX_USERNAME_CHARACTERS = 254;
const MAX_PASSWORD_CHARACTERS = 1_024;
/** Submission ports (RFC 8314, RFC 6409, and 2525 by custom): an admin's notifier is no port scanner. */
export const SUBMISSION_PORTS: ReadonlySet<number> = new Set([465, 587, 2525]);
/** A name for EHLO that any server takes from a client without one (RFC 5321 section 4.1.3). */
const CLIENT_NAME = '[127.0.0.1]';

const mailbox = z.email().max(MAX_MAILBOX_CHARACTERS);

const settingsSchema = z.strictObject({
  host: z
    .string()
    .max(MAX_HOSTNAME_LENGTH)
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, 'must be a host name'),
  port: z.number().int().min(1).max(65_535).default(465),
  security: z.enum(serviceSecurities).default('tls'),
  username: z
    .string()
    .min(1)
    .max(MAX_USERNAME_CHARACTERS)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'has characters that are not allowed')
    .nullable()
    .default(null),
  from: mailbox,
  to: z.array(mailbox).min(1).max(MAX_RECIPIENTS),
});

export type SmtpSettings = z.infer<typeof settingsSchema>;

type Session = InstanceType<typeof SMTPConnection>;

/** What the library says of a failure; its texts quote the server, so they stay here. */
const failureSchema = z
  .object({ responseCode: z.number().optional().catch(undefined), code: z.string().optional().catch(undefined) })
  .catch({});

function describe(error: unknown, timeoutMs: number): { responseStatus: number | null; error: string } {
  if (error instanceof AppError || error instanceof StartTlsError)
    return { responseStatus: null, error: error.message };
  if (error instanceof DialError) {
    const isLate = error.code === 'tcp_timeout';
    return {
      responseStatus: null,
      error: isLate
        ? `The mail server was not done within ${timeoutMs / 1_000} s.`
        : 'The mail server could not be reached, or its TLS is not valid.',
    };
  }
  const { responseCode, code } = failureSchema.parse(error);
  if (code === 'EAUTH')
    return { responseStatus: responseCode ?? null, error: 'The mail server refused the user name or the password.' };
  if (responseCode !== undefined)
    return { responseStatus: responseCode, error: `The mail server refused with ${responseCode}.` };
  return { responseStatus: null, error: 'The connection to the mail server broke off.' };
}

function done(session: Session, work: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    work((error) => (error ? reject(error) : resolve()));
  });
}

async function send(
  { notification, settings, secret }: NotifyRequest<SmtpSettings>,
  session: Session,
  sentAtMs: number,
) {
  const { username, from, to } = settings;
  await done(session, (callback) => session.connect(callback));
  if (username !== null) {
    const credentials = { user: username, pass: secret?.current ?? '' };
    await done(session, (callback) => session.login({ credentials }, callback));
  }
  const message = mailMessage(notification, { from, to, sentAtMs });
  await done(session, (callback) => session.send({ from, to: [...to] }, message, callback));
  session.quit();
}

/** A message to some mailboxes through a submission server (RFC 6409). */
export const smtpNotifier: Notifier<SmtpSettings> = {
  name: 'smtp',
  settingsSchema,
  secretSchema: z
    .string()
    .min(1)
    .max(MAX_PASSWORD_CHARACTERS)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'has characters that are not allowed'),
  secretIs: 'optional',
  rotatesSecret: false,
  secretGoesTo: ({ host, port, security, username }) => JSON.stringify([host.toLowerCase(), port, security, username]),
  async assertAllowed({ host, port, security, username }, hasSecret, policy) {
    const isOpen = policy.allowPrivateNetworks;
    if (!isOpen && !SUBMISSION_PORTS.has(port)) {
      throw appError('ADDRESS_NOT_ALLOWED', { message: 'A mail server is reached on port 465, 587 or 2525.' });
    }
    if (!isOpen && security === 'none' && (hasSecret || username !== null)) {
      throw appError('ADDRESS_NOT_ALLOWED', { message: 'A password is sent over TLS only.' });
    }
    await assertPublicHost(host, policy);
  },
  async notify(request, { policy, clock, timeoutMs }) {
    const { host: hostname, port, security } = request.settings;
    const deadline = new Deadline('tcp', timeoutMs);
    let close = () => {};
    try {
      await smtpNotifier.assertAllowed(request.settings, request.secret !== null, policy);
      let socket = await openServiceSocket({ hostname, port, security }, policy, deadline);
      close = socket.close;
      if (security === 'starttls') {
        socket = await startTlsOverSmtp(socket, CLIENT_NAME, deadline);
        close = socket.close;
      }
      // The session begins with a greeting; behind STARTTLS the server has given it already.
      const greeting = security === 'starttls' ? utf8('220 ready\r\n') : null;
      const connection = new StreamDuplex(socket, greeting) as Duplex as Socket;
      const session = new SMTPConnection({
        host: hostname,
        port,
        name: CLIENT_NAME,
        connection,
        secure: security !== 'none',
        secured: security !== 'none',
        ignoreTLS: true,
      });
      session.on('error', () => undefined);
      await deadline.guard(send(request, session, clock.nowMs())).finally(() => session.close());
      return { kind: 'delivered', responseStatus: 250 };
    } catch (error) {
      return { kind: 'failed', retryAfterMs: null, ...describe(error, timeoutMs) } satisfies NotifyOutcome;
    } finally {
      deadline.clear();
      close();
    }
  },
};
