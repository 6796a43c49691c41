import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { printError, projectRoot } from './project.ts';
import { chooseSteps, type VerifyStep, verifySteps } from './verify/steps.ts';

const HELP = `Usage: npm run verify [-- OPTION…]

Runs every check of the project, and all of them even if one fails. Exit code 1 if any did.

  --only NAME   this step alone; repeatable
  --skip NAME   all but this step; repeatable
  --help        this text

Steps:
${verifySteps.map(({ name, describe }) => `  ${name.padEnd(11)} ${describe}`).join('\n')}`;

interface Outcome {
  name: string;
  passed: boolean;
  seconds: string;
}

function runStep(step: VerifyStep): Outcome {
  console.log(`\n▶ ${step.name}: ${step.describe}`);
  const startedAtMs = Date.now();
  const { status } = spawnSync(process.execPath, [...step.command], { cwd: projectRoot, stdio: 'inherit' });
  return { name: step.name, passed: status === 0, seconds: ((Date.now() - startedAtMs) / 1_000).toFixed(1) };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      skip: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const outcomes = chooseSteps(values.only ?? [], values.skip ?? []).map(runStep);
  console.log('');
  for (const { name, passed, seconds } of outcomes) {
    console.log(`${name.padEnd(11)} ${passed ? 'ok    ' : 'FAILED'} ${seconds.padStart(6)} s`);
  }
  process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
}

try {
  main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
