#!/usr/bin/env node
// What `npx switchyard` runs, on whatever Node there is: the command line itself wants one that reads TypeScript.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findNode } from '../../dev/find-node.mjs';

const main = new URL('./main.ts', import.meta.url);

/** Node 22 says of each start that reading TypeScript is an experiment. */
function silenceExperiments() {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') for (const listener of listeners) listener(warning);
  });
}

function runWith(node) {
  const options = { stdio: 'inherit' };
  const child = spawn(
    node,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(main), ...process.argv.slice(2)],
    options,
  );
  // A terminal sends Ctrl-C to both; passed on as well, the child would take it for a second one.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

try {
  const node = findNode();
  if (node === process.execPath) {
    silenceExperiments();
    await import(main.href);
  } else runWith(node);
} catch (error) {
  // Without `npm ci` its packages are missing.
  const isBare = error.code === 'ERR_MODULE_NOT_FOUND';
  process.stderr.write(`${isBare ? 'switchyard: its packages are missing: run `npm ci` first.' : error.message}\n`);
  process.exitCode = 1;
}
