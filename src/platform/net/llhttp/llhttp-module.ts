import { instantiateLlhttp, type Llhttp } from './llhttp.ts';
import module from './llhttp.wasm';

let instance: Llhttp | null = null;

/** The isolate's one llhttp, started when first needed. */
export function platformLlhttp(): Llhttp {
  instance ??= instantiateLlhttp(module);
  return instance;
}
