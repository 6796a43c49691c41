import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildAssets } from './assets.ts';
import { projectRoot, wranglerEntry } from './project.ts';

/** Cold starts grow with it; the platform itself allows 3 MiB on its free plan. TLS and its roots are 290 of it. */
const MAX_BUNDLE_GZIP_KIB = 1_200;

const BYTES_PER_KIB = 1_024;

buildAssets();
const directory = join(projectRoot, 'dist', 'bundle');
// Files have their digest in their name: those of an earlier build would be counted as well.
rmSync(directory, { recursive: true, force: true });
const args = [wranglerEntry, 'deploy', '--dry-run', '--outdir', directory];
const result = spawnSync(process.execPath, args, {
  cwd: projectRoot,
  encoding: 'utf8',
  env: { ...process.env, CI: '1' },
});
if (result.status === 0) {
  const files = globSync('**/*.{js,wasm,bin,txt}', { cwd: directory });
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(directory, file))).length, 0);
  const kib = Math.ceil(bytes / BYTES_PER_KIB);
  console.log(`bundle: ${kib} KiB gzipped, at most ${MAX_BUNDLE_GZIP_KIB} KiB`);
  process.exitCode = kib > MAX_BUNDLE_GZIP_KIB ? 1 : 0;
} else {
  console.log(result.stdout, result.stderr);
  process.exitCode = 1;
}
