import { type ByteSource, ConnectionLost } from '../byte-reader.ts';
import type { ByteChannel } from '../connection.ts';
import type { Deadline } from '../deadline.ts';
import { DialError } from '../dial-error.ts';
import type { TlsAgreement, TlsConfig, TlsMachine, TlsStage } from './rustls.types.ts';

/**
 * Plaintext both ways. `read` gives null after the peer's close_notify and fails with a `DialError` at any other end;
 * `cancel` says close_notify and closes everything at once.
 */
export interface TlsConnection extends TlsAgreement, ByteSource {
  /** DER, leaf first, as the server sent them. */
  readonly peerCertificates: readonly Uint8Array[];
  /** One at a time. Waits until the channel has taken it all. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says close_notify and leaves reading open; nothing can be written then. */
  finish(): Promise<void>;
}

/** Plaintext that is encrypted before it is waited for: three records. rustls holds 64 KiB for the peer, its own words too. */
const WRITE_PIECE_BYTES = 48 * 1024;

/** The channel beneath and the machine over it; the machine is freed once, whatever ends it, and never used after. */
class Session {
  readonly #channel: ByteChannel;
  readonly #machine: TlsMachine;
  readonly #stage: TlsStage;
  #isReadEnded: boolean = false;
  #isWriteEnded: boolean = false;
  #isEnded: boolean = false;
  #failure: unknown = null;

  constructor(channel: ByteChannel, machine: TlsMachine, stage: TlsStage) {
    this.#channel = channel;
    this.#machine = machine;
    this.#stage = stage;
  }

  /** Frees the machine and closes the channel: a read or write that waits fails with `reason`. */
  end(reason: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = reason;
    this.#machine.free();
    this.#channel.close();
  }

  /** Says close_notify, then gives everything up. */
  leave(): void {
    if (this.#isEnded) return;
    if (!this.#isWriteEnded) this.#machine.finish();
    this.#flushLast();
    this.end(null);
  }

  #throwIfEnded(): void {
    if (this.#isEnded) throw this.#failure ?? new ConnectionLost();
  }

  async #flush(): Promise<void> {
    const bytes = this.#machine.takeForPeer();
    if (bytes.byteLength > 0) await this.#channel.write(bytes, null);
    this.#throwIfEnded();
  }

  /** Sends what is left to say, and waits for nobody: politeness only. */
  #flushLast(): void {
    this.#flush().catch(() => {});
  }

  /** Sends what rustls has to say by itself, then feeds what comes next. False at the end of the channel. */
  async #receive(): Promise<boolean> {
    await this.#flush();
    const bytes = await this.#channel.reader.readSome(null);
    this.#throwIfEnded();
    if (!bytes) return false;
    try {
      this.#machine.feed(bytes);
    } catch (error) {
      this.#flushLast();
      throw error;
    }
    return true;
  }

  /** What it says last (Finished) goes out with the first words, or before the first read that waits: a write less. */
  async handshake(): Promise<void> {
    while (!this.#machine.isEstablished()) {
      if (!(await this.#receive())) throw new ConnectionLost();
    }
  }

  agreement(): TlsAgreement & Pick<TlsConnection, 'peerCertificates'> {
    return { ...this.#machine.agreement(), peerCertificates: this.#machine.peerCertificates() };
  }

  async read(): Promise<Uint8Array | null> {
    try {
      for (;;) {
        this.#throwIfEnded();
        const plaintext = this.#machine.takePlaintext();
        if (plaintext.byteLength > 0) return plaintext;
        if (this.#machine.hasPeerClosed()) break;
        const hasMore = await this.#receive().catch((error: unknown) => {
          if (error instanceof ConnectionLost) return false;
          throw error;
        });
        // Whoever cuts the connection may want half an answer to be taken for the whole.
        if (!hasMore) throw new DialError(this.#stage, 'tls_truncated');
      }
    } catch (error) {
      this.end(error);
      throw error;
    }
    this.#isReadEnded = true;
    if (this.#isWriteEnded) this.end(null);
    return null;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let offset = 0; offset < bytes.byteLength; offset += WRITE_PIECE_BYTES) {
        this.#throwIfEnded();
        this.#machine.send(bytes.subarray(offset, offset + WRITE_PIECE_BYTES));
        await this.#flush();
      }
    } catch (error) {
      this.end(error);
      throw error;
    }
  }

  async finish(): Promise<void> {
    this.#throwIfEnded();
    this.#machine.finish();
    await this.#flush();
    this.#isWriteEnded = true;
    if (this.#isReadEnded) this.end(null);
  }
}

/**
 * Opens TLS over a channel to a server of this name (DNS, or IP literal without brackets), verified by what `config`
 * trusts. Throws `DialError`, or `ConnectionLost` when the peer leaves; the channel is closed then.
 * Reading takes from the channel only what is read here, and holds at most one piece of it.
 */
export async function openTls(
  channel: ByteChannel,
  options: { serverName: string; config: TlsConfig; deadline: Deadline },
): Promise<TlsConnection> {
  const { serverName, config, deadline } = options;
  const stage = deadline.stage === 'proxy_tls' ? 'proxy_tls' : 'tls';
  const session = new Session(channel, config.connect(serverName, stage), stage);
  try {
    await deadline.guard(session.handshake());
    return {
      ...session.agreement(),
      read: () => session.read(),
      write: (bytes) => session.write(bytes),
      finish: () => session.finish(),
      cancel: () => session.leave(),
    };
  } catch (error) {
    session.end(error);
    throw error;
  }
}
