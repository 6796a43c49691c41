import type { DialStage } from '../dial-error.ts';

/** What the TLS is for, which its failures name: the proxy itself, or the target behind it. */
export type TlsStage = Extract<DialStage, 'proxy_tls' | 'tls'>;

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What both sides agreed on. `cipherSuite` is its number in IANA's registry. */
export interface TlsAgreement {
  version: TlsVersion;
  cipherSuite: number;
  /** The application protocol that the server chose (RFC 7301); null when none was. */
  alpn: string | null;
}

/**
 * One client connection as a state machine without I/O: what the peer sent goes in, what is to be sent comes out. After
 * a `DialError` there may still be an alert to send; the machine is good for nothing else then. All bytes are copies.
 */
export interface TlsMachine {
  /** Takes what the peer sent. Throws `DialError`, with the chain, when the connection has to end. */
  feed(bytes: Uint8Array): void;
  /** Encrypts what is to be sent; only once established. */
  send(bytes: Uint8Array): void;
  /** Says that nothing more will be sent (close_notify). */
  finish(): void;
  takeForPeer(): Uint8Array;
  takePlaintext(): Uint8Array;
  /** The handshake is complete, the certificate trusted, its key proved. */
  isEstablished(): boolean;
  /** The peer said close_notify. */
  hasPeerClosed(): boolean;
  /** DER, leaf first, as the peer sent them, trusted or not; none before they came. */
  peerCertificates(): Uint8Array[];
  /** Only once established. */
  agreement(): TlsAgreement;
  /** Frees its memory; further calls of this do nothing, other calls throw. */
  free(): void;
}

/** Trust and offers, made once and shared by connections. */
export interface TlsConfig {
  /** Throws `tls_wrong_name` when it is neither a DNS name nor an IP address (without brackets). */
  connect(serverName: string, stage: TlsStage): TlsMachine;
  /** Connections that it made live on. */
  free(): void;
}

export interface Rustls {
  /** `anchors` as trust-anchors.ts encodes them. Throws `RangeError` when they can't be read. */
  createConfig(anchors: Uint8Array, alpn: readonly string[]): TlsConfig;
  /** True after a trap: nothing in it can be relied on any more, and a new instance is needed. */
  isBroken(): boolean;
  /** Size of the module's memory, in bytes: it only grows, so it tells of connections that were never freed. */
  memoryBytes(): number;
}
