import { spawnSync } from 'node:child_process';

/** Runs a program that a package brought, with the Node that runs this. */
const [program, ...programArguments] = process.argv.slice(2);
if (!program) throw new Error('Usage: run-bin PROGRAM [ARGUMENT…]');
const result = spawnSync(program, programArguments, { stdio: 'inherit', shell: process.platform === 'win32' });
process.exit(result.status ?? 1);
