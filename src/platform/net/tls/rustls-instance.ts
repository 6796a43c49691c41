import type { Clock } from '../../clock.ts';
import { DialError } from '../dial-error.ts';
import { isEcdsaSignature } from './ecdsa.ts';
import { agreeOnSecret, createExchangeKeys } from './key-exchange.ts';
import { createWasi } from './wasi.ts';

/** Largest piece that goes into the module at once, so that its buffers stay small; longer ones go in as several. */
export const TLS_PIECE_BYTES = 64 * 1024;

export interface RustlsExports {
  memory: WebAssembly.Memory;
  allocate(length: number): number;
  release(at: number, length: number): void;
  config_new(anchorsAt: number, anchorsLength: number, alpnAt: number, alpnLength: number): number;
  config_free(config: number): void;
  connection_new(config: number, nameAt: number, nameLength: number): number;
  connection_free(connection: number): void;
  connection_feed(connection: number, at: number, length: number): number;
  connection_send(connection: number, at: number, length: number): number;
  connection_finish(connection: number): void;
  connection_take(connection: number, output: number): number;
  connection_output(connection: number): number;
  connection_state(connection: number): number;
  connection_agreed(connection: number): number;
  connection_alert(connection: number): number;
}

const FUNCTIONS = [
  'allocate',
  'release',
  'config_new',
  'config_free',
  'connection_new',
  'connection_free',
  'connection_feed',
  'connection_send',
  'connection_finish',
  'connection_take',
  'connection_output',
  'connection_state',
  'connection_agreed',
  'connection_alert',
] as const;

function assertExports(exports: unknown): asserts exports is RustlsExports {
  const table = exports as Record<string, unknown>;
  const isComplete = FUNCTIONS.every((name) => typeof table[name] === 'function');
  if (!isComplete || !(table.memory instanceof WebAssembly.Memory)) throw new TypeError('rustls.wasm lacks an export.');
}

/** What the module asks of the host's native code, by the names that its host_ecdsa.rs and host_exchange.rs give it. */
function createHost(memory: () => WebAssembly.Memory) {
  const copyOf = (at: number, length: number): Uint8Array => new Uint8Array(memory().buffer, at, length).slice();
  const put = (at: number, bytes: Uint8Array): void => new Uint8Array(memory().buffer, at, bytes.byteLength).set(bytes);
  return {
    verify_ecdsa(
      curveBits: number,
      hashBits: number,
      pointAt: number,
      pointLength: number,
      messageAt: number,
      messageLength: number,
      signatureAt: number,
      signatureLength: number,
    ): number {
      const point = copyOf(pointAt, pointLength);
      const message = copyOf(messageAt, messageLength);
      const signature = copyOf(signatureAt, signatureLength);
      return isEcdsaSignature({ curveBits, hashBits, point, message, signature }) ? 1 : 0;
    },
    create_exchange_keys(group: number, privateAt: number, publicAt: number): number {
      const keys = createExchangeKeys(group);
      if (!keys) return 0;
      put(privateAt, keys.privateKey);
      put(publicAt, keys.publicKey);
      return 1;
    },
    agree_on_secret(
      group: number,
      privateAt: number,
      privateLength: number,
      peerAt: number,
      peerLength: number,
      secretAt: number,
    ): number {
      const secret = agreeOnSecret(group, copyOf(privateAt, privateLength), copyOf(peerAt, peerLength));
      if (!secret) return 0;
      put(secretAt, secret);
      return 1;
    },
  };
}

/** The module's memory and calls, with the one rule that a trap ends all use of it. */
export class RustlsInstance {
  readonly exports: RustlsExports;
  readonly #buffer: number;
  isBroken: boolean = false;

  constructor(module: WebAssembly.Module, clock: Clock) {
    const memory = (): WebAssembly.Memory => this.exports.memory;
    const instance = new WebAssembly.Instance(module, {
      wasi_snapshot_preview1: createWasi(memory, clock),
      host: createHost(memory),
    });
    const exports: unknown = instance.exports;
    assertExports(exports);
    this.exports = exports;
    this.#buffer = exports.allocate(TLS_PIECE_BYTES);
  }

  /** Runs a call into the module. What it throws is a trap, after which its memory can't be trusted. */
  call<T>(run: (exports: RustlsExports) => T): T {
    if (this.isBroken) throw new DialError('tls', 'tls_failed');
    try {
      return run(this.exports);
    } catch {
      this.isBroken = true;
      throw new DialError('tls', 'tls_failed');
    }
  }

  /** Copies a piece in; it is there until the next call of this. */
  place(piece: Uint8Array): number {
    new Uint8Array(this.exports.memory.buffer, this.#buffer, piece.byteLength).set(piece);
    return this.#buffer;
  }

  /** Copies something of any size in for one call. */
  withBytes<T>(bytes: Uint8Array, run: (at: number) => T): T {
    const { allocate, release, memory } = this.exports;
    const at = allocate(bytes.byteLength);
    new Uint8Array(memory.buffer, at, bytes.byteLength).set(bytes);
    try {
      return run(at);
    } finally {
      release(at, bytes.byteLength);
    }
  }

  copyOut(at: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at, length).slice();
  }
}
