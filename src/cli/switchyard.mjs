#!/usr/bin/env node
// What `npx switchyard` runs, on whatever Node there is: the command line itself wants one that reads TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode, root } from '../../dev/find-node.mjs';

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

function fail(message) {
  process.stderr.write(`switchyard: ${message}\n`);
  process.exitCode = 1;
}

async function start() {
  // The Node for those who have an old one is among the packages, too.
  if (!existsSync(join(root, 'node_modules', 'commander')))
    return fail('its packages are missing: run `npm ci` first.');
  const node = findNode();
  if (node !== process.execPath) return runWith(node);
  silenceExperiments();
  await import(main.href);
}

start().catch((error) => fail(error.message));
