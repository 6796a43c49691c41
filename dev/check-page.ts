import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildAssets, builtAssets } from './assets.ts';

/** What is loaded before anything shows: a second on a slow 3G line (issue "the dashboard"). */
const MAX_FIRST_LOAD_GZIP_KIB = 150;

const BYTES_PER_KIB = 1_024;

/** Paths of the scripts that a page asks for at once: what it runs, and what that imports. */
function firstScripts(html: string): string[] {
  return [...html.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+\.js)"/g)].map(([, path = '']) => path);
}

buildAssets();
const scripts = firstScripts(readFileSync(join(builtAssets, 'index.html'), 'utf8'));
const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(builtAssets, path))).length, 0);
const kib = Math.ceil(bytes / BYTES_PER_KIB);
console.log(`first load: ${kib} KiB of gzipped scripts, at most ${MAX_FIRST_LOAD_GZIP_KIB} KiB`);
process.exitCode = scripts.length === 0 || kib > MAX_FIRST_LOAD_GZIP_KIB ? 1 : 0;
