import { utf8 } from '../../platform/bytes.ts';
import type { Deadline } from '../../platform/net/dialer.ts';
import type { ServiceSocket } from '../../platform/net/service-socket.ts';

/** A greeting, or the list of extensions: far more than any server says before TLS. */
export const MAX_CLEAR_REPLY_BYTES = 16 * 1024;

/** What the server said before TLS, or that it would not start it. The text is ours: theirs is not to be trusted yet. */
export class StartTlsError extends Error {
  override readonly name = 'StartTlsError';
}

/** One reply, which may have several lines (RFC 5321 section 4.2.1). Whatever comes behind it is refused. */
async function readReply(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  deadline: Deadline,
): Promise<{ code: number; text: string }> {
  const decoder = new TextDecoder();
  let text = '';
  while (text.length <= MAX_CLEAR_REPLY_BYTES) {
    const { done, value } = await deadline.guard(reader.read());
    if (done) throw new StartTlsError('The mail server closed the connection before TLS.');
    text += decoder.decode(value, { stream: true });
    const last = /(?:^|\r\n)(\d{3})(?: [^\r\n]*)?\r\n/.exec(text);
    if (!last) continue;
    // RFC 3207 section 6: a line slipped in behind the reply would be taken for one that TLS protects.
    if (last.index + last[0].length !== text.length) {
      throw new StartTlsError('The mail server sent more than its reply before TLS.');
    }
    return { code: Number(last[1]), text };
  }
  throw new StartTlsError('The mail server talks too much before TLS.');
}

/**
 * Takes a fresh SMTP connection to TLS (RFC 3207): greeting, EHLO, STARTTLS, handshake. Never falls back to clear text.
 * The secured socket is where a client would say EHLO again. Rejects with `StartTlsError`, or when the deadline is over.
 */
export async function startTlsOverSmtp(
  socket: ServiceSocket,
  clientName: string,
  deadline: Deadline,
): Promise<ServiceSocket> {
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  const say = (line: string) => deadline.guard(writer.write(utf8(`${line}\r\n`)));
  try {
    const greeting = await readReply(reader, deadline);
    if (greeting.code !== 220) throw new StartTlsError(`The mail server greeted with ${greeting.code}.`);
    await say(`EHLO ${clientName}`);
    const hello = await readReply(reader, deadline);
    if (hello.code !== 250 || !/^250[ -]STARTTLS\s*$/im.test(hello.text)) {
      throw new StartTlsError('The mail server does not offer STARTTLS.');
    }
    await say('STARTTLS');
    const ready = await readReply(reader, deadline);
    if (ready.code !== 220) throw new StartTlsError(`The mail server refused STARTTLS with ${ready.code}.`);
  } finally {
    reader.releaseLock();
    writer.releaseLock();
  }
  return socket.startTls();
}
