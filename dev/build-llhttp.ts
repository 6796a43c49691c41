// Extracts the HTTP parser that undici carries (plain build, without SIMD) and writes it beside its wrapper.
// `--check` only compares: it fails when the committed file is not the one of the installed undici.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const target = fileURLToPath(new URL('../src/platform/net/llhttp/llhttp.wasm', import.meta.url));
const require = createRequire(import.meta.url);
// The file is no public entry of the package, so it is read by its path.
const packageFile = require.resolve('undici/package.json');
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
const binary = require(packageFile.replace(/package\.json$/, 'lib/llhttp/llhttp-wasm.js')) as Buffer;
const digest = createHash('sha256').update(binary).digest('hex');

if (process.argv.includes('--check')) {
  const committed = createHash('sha256').update(readFileSync(target)).digest('hex');
  if (committed !== digest) {
    console.error(`llhttp.wasm has SHA-256 ${committed}, undici ${version} carries ${digest}: run dev/build-llhttp.ts`);
    process.exit(1);
  }
  console.log(`llhttp.wasm is that of undici ${version}.`);
} else {
  writeFileSync(target, binary);
  console.log(`undici ${version}: ${binary.byteLength} bytes, SHA-256 ${digest}`);
}
