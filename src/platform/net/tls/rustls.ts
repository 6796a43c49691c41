import type { Clock } from '../../clock.ts';
import { DialError, type DialErrorCode } from '../dial-error.ts';
import { isSelfIssued } from './certificate.ts';
import type { Rustls, TlsAgreement, TlsConfig, TlsMachine, TlsStage, TlsVersion } from './rustls.types.ts';
import { RustlsInstance, TLS_PIECE_BYTES } from './rustls-instance.ts';

/** Outputs of a connection, as rustls-wasm/src/connection.rs numbers them. */
const OUTPUT = { forPeer: 0, plaintext: 1, certificates: 2, protocol: 3 } as const;

/** Bits of a connection's state. */
const STATE = { established: 1, peerClosed: 2 } as const;

const VERSIONS: Record<number, TlsVersion> = { 771: 'TLSv1.2', 772: 'TLSv1.3' };

/** What the numbers of rustls-wasm/src/refusal.rs mean here: the places in this list. */
const REFUSALS: readonly DialErrorCode[] = [
  // 0 is no refusal.
  'tls_failed',
  'tls_failed',
  'tls_untrusted',
  'tls_expired',
  'tls_not_yet_valid',
  'tls_wrong_name',
  'tls_bad_certificate',
  'tls_bad_signature',
  'tls_tampered',
  'tls_incompatible',
  'tls_protocol',
  'tls_alert',
];

/** Each name after its length in one byte, as RFC 7301 §3.1 has them inside the list. */
function encodeAlpn(names: readonly string[]): Uint8Array {
  const encoded = names.map((name) => new TextEncoder().encode(name));
  if (encoded.some(({ byteLength }) => byteLength < 1 || byteLength > 255)) {
    throw new RangeError('The name of a protocol has 1 to 255 bytes.');
  }
  return Uint8Array.from(encoded.flatMap((name) => [name.byteLength, ...name]));
}

function decodeChain(bytes: Uint8Array): Uint8Array[] {
  const chain: Uint8Array[] = [];
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.byteLength; ) {
    const start = at + 4;
    at = start + view.getUint32(at, true);
    chain.push(bytes.subarray(start, at));
  }
  return chain;
}

/** One connection in the module, by its pointer. */
class Machine implements TlsMachine {
  readonly #instance: RustlsInstance;
  readonly #stage: TlsStage;
  #connection: number | null;

  constructor(instance: RustlsInstance, connection: number, stage: TlsStage) {
    this.#instance = instance;
    this.#connection = connection;
    this.#stage = stage;
  }

  #pointer(): number {
    if (this.#connection === null) throw new DialError(this.#stage, 'tls_failed');
    return this.#connection;
  }

  #push(name: 'connection_feed' | 'connection_send', bytes: Uint8Array): void {
    const pointer = this.#pointer();
    for (let offset = 0; offset < bytes.byteLength; offset += TLS_PIECE_BYTES) {
      const piece = bytes.subarray(offset, offset + TLS_PIECE_BYTES);
      const code = this.#instance.call((exports) =>
        exports[name](pointer, this.#instance.place(piece), piece.byteLength),
      );
      if (code !== 0) throw this.#refusal(REFUSALS[code] ?? 'tls_failed');
    }
  }

  #refusal(code: DialErrorCode): DialError {
    const pointer = this.#pointer();
    const alert = this.#instance.call((exports) => exports.connection_alert(pointer));
    const peerCertificates = this.peerCertificates();
    const [leaf] = peerCertificates;
    // webpki tells only that no issuer is known; people want to hear that there is none.
    const isSelfSigned = code === 'tls_untrusted' && leaf !== undefined && isSelfIssued(leaf);
    const error = new DialError(this.#stage, isSelfSigned ? 'tls_self_signed' : code, alert < 0 ? null : alert);
    error.peerCertificates = peerCertificates;
    return error;
  }

  #take(output: number): Uint8Array {
    const pointer = this.#pointer();
    return this.#instance.call((exports) => {
      const length = exports.connection_take(pointer, output);
      return this.#instance.copyOut(exports.connection_output(pointer), length);
    });
  }

  #has(bit: number): boolean {
    const pointer = this.#pointer();
    return (this.#instance.call((exports) => exports.connection_state(pointer)) & bit) !== 0;
  }

  feed(bytes: Uint8Array): void {
    this.#push('connection_feed', bytes);
  }

  send(bytes: Uint8Array): void {
    this.#push('connection_send', bytes);
  }

  finish(): void {
    const pointer = this.#pointer();
    this.#instance.call((exports) => exports.connection_finish(pointer));
  }

  takeForPeer(): Uint8Array {
    return this.#take(OUTPUT.forPeer);
  }

  takePlaintext(): Uint8Array {
    return this.#take(OUTPUT.plaintext);
  }

  isEstablished(): boolean {
    return this.#has(STATE.established);
  }

  hasPeerClosed(): boolean {
    return this.#has(STATE.peerClosed);
  }

  peerCertificates(): Uint8Array[] {
    return decodeChain(this.#take(OUTPUT.certificates));
  }

  agreement(): TlsAgreement {
    const pointer = this.#pointer();
    const agreed = this.#instance.call((exports) => exports.connection_agreed(pointer)) >>> 0;
    const version = VERSIONS[agreed >>> 16];
    if (version === undefined) throw new DialError(this.#stage, 'tls_failed');
    const protocol = this.#take(OUTPUT.protocol);
    return {
      version,
      cipherSuite: agreed & 0xffff,
      alpn: protocol.byteLength === 0 ? null : new TextDecoder().decode(protocol),
    };
  }

  free(): void {
    const pointer = this.#connection;
    this.#connection = null;
    if (pointer === null || this.#instance.isBroken) return;
    this.#instance.call((exports) => exports.connection_free(pointer));
  }
}

/**
 * Starts rustls. Everything in it is synchronous, so one instance serves all connections of an isolate: a connection is a
 * pointer, and calls never overlap. Certificates are judged by `clock`.
 */
export function instantiateRustls(module: WebAssembly.Module, clock: Clock): Rustls {
  const instance = new RustlsInstance(module, clock);
  return {
    createConfig(anchors, alpn) {
      const names = encodeAlpn(alpn);
      const config = instance.call((exports) =>
        instance.withBytes(anchors, (at) =>
          instance.withBytes(names, (namesAt) => exports.config_new(at, anchors.byteLength, namesAt, names.byteLength)),
        ),
      );
      if (config === 0) throw new RangeError('These trust anchors can not be read.');
      return createConfig(instance, config);
    },
    isBroken: () => instance.isBroken,
    memoryBytes: () => instance.exports.memory.buffer.byteLength,
  };
}

function createConfig(instance: RustlsInstance, pointer: number): TlsConfig {
  let config: number | null = pointer;
  return {
    connect(serverName, stage) {
      if (config === null) throw new DialError(stage, 'tls_failed');
      const used = config;
      const name = new TextEncoder().encode(serverName);
      const connection = instance.call((exports) =>
        instance.withBytes(name, (at) => exports.connection_new(used, at, name.byteLength)),
      );
      if (connection === 0) throw new DialError(stage, 'tls_wrong_name');
      return new Machine(instance, connection, stage);
    },
    free() {
      const used = config;
      config = null;
      if (used !== null && !instance.isBroken) instance.call((exports) => exports.config_free(used));
    },
  };
}
