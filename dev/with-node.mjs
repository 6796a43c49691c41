// Runs a script of this project with a Node that its tools accept, after installing what the lockfile names.
// It uses Node's own modules only and runs on Node 20: it is what stands between a fresh clone and everything else.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINIMUM_NODE = [22, 18];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
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

/** The Node to use: this one if it is new enough, else the one that the lockfile brought. */
function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = join(
    root,
    'node_modules',
    `node-${platform}-${process.arch}`,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (existsSync(file)) return file;
  return fail(
    `This project's tools need Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.\n` +
      `The lockfile brings one for Linux (x64, arm64) and Windows (x64); on ${process.platform} ${process.arch} install it yourself, then run this again.`,
  );
}

const [script, ...scriptArguments] = process.argv.slice(2);
if (!script) fail('Usage: node dev/with-node.mjs SCRIPT [ARGUMENT…]');
install();
const node = findNode();
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
