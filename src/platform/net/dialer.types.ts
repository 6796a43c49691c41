import type { CancelSignal } from '../cancellation.ts';
import type { Clock } from '../clock.ts';
import type { Timers } from '../timers.ts';
import type { ByteChannel, Connect, TcpConnection } from './connection.ts';
import type { Deadline, DialDeadlines } from './deadline.ts';
import type { DialError } from './dial-error.ts';
import type { HeaderList } from './http-request.ts';
import type { HttpResponse, ResponseLimits } from './http-response.ts';
import type { KeptConnections } from './kept-connections.ts';
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts';
import type { ResolveHostname } from './public-url.ts';
import type { TlsVersion } from './tls/rustls.types.ts';

/** Who is at the other end of TLS, and what was agreed with them. */
export interface TlsPeer {
  version: TlsVersion;
  /** The application protocol that was chosen (RFC 7301); null when none was. */
  alpn: string | null;
  /** DER, leaf first, as the server sent them. Empty where the TLS in use does not tell. */
  peerCertificates: readonly Uint8Array[];
}

/** A channel inside TLS. Its end without close_notify is the `DialError` `tls_truncated`, at whatever stage it is read. */
export interface SecureChannel extends ByteChannel {
  readonly tls: TlsPeer;
}

/** TLS over an open channel: verifies the name, or rejects. Rejections that are no `DialError` become `tls_failed`. */
export type TlsUpgrade = (
  channel: ByteChannel,
  options: { serverName: string; deadline: Deadline },
) => Promise<SecureChannel>;

export interface DialerOptions {
  /** True on a developer's machine only: loopback and private addresses may be dialled. Blocked ports never. */
  allowPrivateNetworks: boolean;
  connect?: Connect;
  clock?: Clock;
  /** Needed for direct requests to names where private networks are not allowed; see `dnsOverHttpsResolver`. */
  resolve?: ResolveHostname;
  /** Null or absent: https targets and proxies that speak TLS end in `tls_unavailable`. */
  tls?: TlsUpgrade | null;
}

/** A byte stream to the target. What the proxy sent beyond its handshake is what the reader gives first. */
export interface Tunnel extends ByteChannel {
  readonly tcpMs: number;
  /** From `opened` to the end of the handshake, in milliseconds. */
  readonly tunnelMs: number;
}

export interface DialRequest {
  /** Null: directly to the URL's host. */
  endpoint: ProxyEndpoint | null;
  /** What `openTcp` opened to this endpoint and nobody has used: the request goes over it, and closes it however it ends. */
  over?: TcpConnection | null;
  url: string | URL;
  /** GET unless said. */
  method?: string;
  /** Sent as they are; framing, Host and proxy headers are the dialer's and refused here. */
  headers?: HeaderList;
  body?: Uint8Array | null;
  /** Ends with the head of the answer: its body, of whatever size and encoding, stays unread. */
  headOnly?: boolean;
  limits?: Partial<ResponseLimits>;
  deadlines?: Partial<DialDeadlines>;
}

/** A body that is sent as it comes: of so many bytes, or chunked when nobody knows how many. */
export interface BodySource {
  stream: ReadableStream<Uint8Array>;
  contentLength: number | null;
}

/** A request whose answer is passed on while it comes. */
export interface StreamRequest extends Pick<DialRequest, 'endpoint' | 'url' | 'method' | 'headers' | 'deadlines'> {
  body: Uint8Array | BodySource | null;
  /** Of the caller: the server may answer in any of these, and what comes is not looked into. Null: in whatever it likes. */
  acceptEncoding: string | null;
  /** How long a body may stand still, either way, in milliseconds. */
  idleMs: number;
  /** How long a body that is a stream may take to be sent, in milliseconds; the time for an answer counts from its end. */
  uploadMs: number;
  /** Closes the connection at once; nothing is sent any more. */
  signal: CancelSignal;
  /** Of the invocation; absent: the runtime's own. */
  timers?: Timers;
  /** Of the invocation: one that leads the same way is used if the request may be sent twice. Absent: a new one is. */
  connections?: KeptConnections;
  /** Another request may follow: after a clean end the connection waits for it in `connections`. */
  hasFollower?: boolean;
  /** Called when sending begins, and again when the head is out. */
  onSending(): void;
}

/** How an answer that was passed on ended. */
export interface StreamEnd {
  bodyBytes: number;
  /** Null: it is complete. `cancelled`: whoever read it stopped, or the signal was given. */
  failure: DialError | null;
}

export interface StreamResponse extends Omit<HttpResponse, 'body'> {
  /** Whole when it came with the head. Its stream fails with a `DialError` where the answer is cut off. */
  body: Uint8Array | ReadableStream<Uint8Array> | null;
  timings: Omit<DialTimings, 'totalMs'>;
  /** Never rejects. The connection is closed then. */
  ended: Promise<StreamEnd>;
}

/** All in milliseconds. */
export interface DialTimings {
  tcpMs: number;
  /** From `opened` to the end of the proxy's handshake; null where there is none (absolute-form, direct). */
  tunnelMs: number | null;
  /** From the first byte of the request to the first of the answer. */
  firstByteMs: number;
  /** With `tcpMs` of a connection that was there before, without what it then waited. */
  totalMs: number;
}

export interface DialResponse extends HttpResponse {
  timings: DialTimings;
  /** The target's side of TLS; null for a plain one. */
  tls: TlsPeer | null;
}

/** Every operation throws `DialError` and nothing else, and leaves no socket open unless it returns one. */
export interface Dialer {
  openTcp(endpoint: ProxyEndpoint, deadlines?: Partial<DialDeadlines>): Promise<TcpConnection>;
  openTunnel(endpoint: ProxyEndpoint, target: TunnelTarget, deadlines?: Partial<DialDeadlines>): Promise<Tunnel>;
  request(request: DialRequest): Promise<DialResponse>;
  /**
   * Ends with the head of the answer. Each request has a connection of its own, unless it is given those of its invocation:
   * then one serves again that was left clean, which is: the request was sent whole, the answer's end known by its framing,
   * nothing came beyond it, and nobody announced to close.
   */
  stream(request: StreamRequest): Promise<StreamResponse>;
  /** Throws the `invalid_request` that such a request would end in, without sending anything. */
  assertSendable(request: Pick<StreamRequest, 'url' | 'method' | 'headers' | 'acceptEncoding'>): void;
}
