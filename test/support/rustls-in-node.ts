import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { instantiateRustls } from '../../src/platform/net/tls/rustls.ts';
import type { Rustls } from '../../src/platform/net/tls/rustls.types.ts';

export const rustlsFile = fileURLToPath(new URL('../../src/platform/net/tls/rustls.wasm', import.meta.url).href);

/** The committed module, compiled at run time: what only Node allows, and the platform's types don't know. */
export function rustlsModule(): WebAssembly.Module {
  return Reflect.construct(WebAssembly.Module, [readFileSync(rustlsFile)]) as WebAssembly.Module;
}

/** The committed rustls for tests that run in Node, where a `.wasm` file can't be imported. */
export function rustlsInNode(clock: Clock = systemClock): Rustls {
  return instantiateRustls(rustlsModule(), clock);
}
