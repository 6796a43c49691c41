import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instantiateLlhttp, type Llhttp } from '../../src/platform/net/llhttp/llhttp.ts';

/** The committed parser for tests that run in Node, where a `.wasm` file can't be imported. */
export function llhttpInNode(): Llhttp {
  const file = fileURLToPath(new URL('../../src/platform/net/llhttp/llhttp.wasm', import.meta.url).href);
  // The platform's types don't know compiling at run time, which only works here.
  return instantiateLlhttp(Reflect.construct(WebAssembly.Module, [readFileSync(file)]) as WebAssembly.Module);
}
