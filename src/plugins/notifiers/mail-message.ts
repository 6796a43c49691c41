import { toBase64, utf8 } from '../../platform/bytes.ts';
import { type Notification, notificationBody } from './notifier.types.ts';

/** Longest line of base64 in a body (RFC 2045 section 6.8). */
const BASE64_LINE_CHARACTERS = 76;

/** All that a header of ours may hold: visible ASCII and blanks, so that nothing can begin another one. */
const HEADER_VALUE = /^[\x20-\x7e]+$/;

function header(name: string, value: string): string {
  if (!HEADER_VALUE.test(value)) throw new Error(`not a value for the header ${name}`);
  return `${name}: ${value}`;
}

/** RFC 5322 section 3.3, always UTC: `Mon, 1 Jan 2026 00:00:00 +0000`. */
function mailDate(atMs: number): string {
  return new Date(atMs).toUTCString().replace('GMT', '+0000');
}

function bodyOf(notification: Notification): string {
  const facts = Object.entries(notification.data).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return [
    `${notification.type}, ${new Date(notification.occurredAtMs).toISOString()}`,
    '',
    ...facts,
    '',
    notificationBody(notification),
    '',
  ].join('\r\n');
}

/**
 * A plain-text message about an event (RFC 5322, 2045), ASCII on the wire. Its Message-ID is the event's: a mailbox that
 * gets it twice knows. Throws when a value could break out of its header.
 */
export function mailMessage(
  notification: Notification,
  { from, to, sentAtMs }: { from: string; to: readonly string[]; sentAtMs: number },
): string {
  const encoded = toBase64(utf8(bodyOf(notification)));
  const lines = encoded.match(new RegExp(`.{1,${BASE64_LINE_CHARACTERS}}`, 'g')) ?? [];
  return [
    header('From', `Switchyard <${from}>`),
    header('To', to.join(', ')),
    header('Subject', `[Switchyard] ${notification.type}`),
    header('Date', mailDate(sentAtMs)),
    header('Message-ID', `<${notification.eventId}@switchyard.invalid>`),
    // RFC 3834: no vacation notices in answer.
    header('Auto-Submitted', 'auto-generated'),
    header('MIME-Version', '1.0'),
    header('Content-Type', 'text/plain; charset=utf-8'),
    header('Content-Transfer-Encoding', 'base64'),
    '',
    ...lines,
    '',
  ].join('\r\n');
}
