import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, wranglerEntry } from './project.ts';

// Fails when worker-configuration.d.ts is not what wrangler.toml says, and leaves the file as it was.
const file = join(projectRoot, 'worker-configuration.d.ts');
const committed = readFileSync(file, 'utf8');
const args = [
  wranglerEntry,
  'types',
  'worker-configuration.d.ts',
  '--include-runtime=false',
  '--env-file',
  'dev/verify/no-secrets.env',
];
const result = spawnSync(process.execPath, args, {
  cwd: projectRoot,
  encoding: 'utf8',
  env: { ...process.env, CI: '1' },
});
const generated = readFileSync(file, 'utf8');
writeFileSync(file, committed);

/** The first lines say with which hash and version it was made. */
const withoutHeader = (text: string) =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('// '))
    .join('\n');
if (result.status !== 0) {
  console.log(result.stdout, result.stderr);
  process.exitCode = 1;
} else if (withoutHeader(generated) !== withoutHeader(committed)) {
  console.log('worker-configuration.d.ts is out of date: run `npm run types` and commit it.');
  process.exitCode = 1;
}
