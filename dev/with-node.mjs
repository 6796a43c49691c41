// Runs a script of this project with a Node that its tools accept, after installing what the lockfile names.
// It uses Node's own modules only and runs on Node 20: it is what stands between a fresh clone and everything else.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findNode, root } from './find-node.mjs';

const stampFile = join(root, 'node_modules', '.switchyard-lock');

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** True when what is installed was installed from the lockfile as it is now. */
function isInstalled(lockDigest) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockDigest;
}

function install() {
  const lockDigest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (isInstalled(lockDigest)) return;
  console.log('Installing packages by the lockfile (once, about half a minute) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail('Installing failed: `npm ci` says why above.');
  writeFileSync(stampFile, lockDigest);
}

function nodeOrFail() {
  try {
    return findNode();
  } catch (error) {
    return fail(error.message);
  }
}

const [script, ...scriptArguments] = process.argv.slice(2);
if (!script) fail('Usage: node dev/with-node.mjs SCRIPT [ARGUMENT…]');
install();
const node = nodeOrFail();
const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...scriptArguments], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    // Neither a question nor a report of use may interrupt a start.
    WRANGLER_SEND_METRICS: 'false',
  },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
