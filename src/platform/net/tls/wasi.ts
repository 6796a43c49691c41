import type { Clock } from '../../clock.ts';

/** WASI's "no error", and its clock id of the wall clock (preview 1). */
const SUCCESS = 0;
const BAD_ARGUMENT = 28;
const REALTIME = 0;

const NANOSECONDS_PER_MS = 1_000_000n;

/** `crypto.getRandomValues` gives at most this many bytes a call. */
const MAX_RANDOM_BYTES = 65_536;

/**
 * The six calls of WASI that rustls.wasm makes, and no more of WASI than they need: randomness, the clock, an empty
 * environment, and an output for a panic's words, which are dropped: the trap that follows tells of it.
 */
export function createWasi(memory: () => WebAssembly.Memory, clock: Clock) {
  const view = (): DataView => new DataView(memory().buffer);
  return {
    random_get(at: number, length: number): number {
      for (let offset = 0; offset < length; offset += MAX_RANDOM_BYTES) {
        const size = Math.min(MAX_RANDOM_BYTES, length - offset);
        crypto.getRandomValues(new Uint8Array(memory().buffer, at + offset, size));
      }
      return SUCCESS;
    },
    clock_time_get(id: number, _precision: bigint, at: number): number {
      if (id !== REALTIME) return BAD_ARGUMENT;
      view().setBigUint64(at, BigInt(Math.floor(clock.nowMs())) * NANOSECONDS_PER_MS, true);
      return SUCCESS;
    },
    environ_sizes_get(countAt: number, bytesAt: number): number {
      view().setUint32(countAt, 0, true);
      view().setUint32(bytesAt, 0, true);
      return SUCCESS;
    },
    environ_get(): number {
      return SUCCESS;
    },
    fd_write(_descriptor: number, vectorsAt: number, vectorCount: number, writtenAt: number): number {
      let written = 0;
      for (let index = 0; index < vectorCount; index += 1) written += view().getUint32(vectorsAt + index * 8 + 4, true);
      view().setUint32(writtenAt, written, true);
      return SUCCESS;
    },
    proc_exit(code: number): never {
      throw new WebAssembly.RuntimeError(`rustls.wasm ended with code ${code}.`);
    },
  };
}
