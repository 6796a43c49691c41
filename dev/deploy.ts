import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAssets } from './assets.ts';
import { askPlatform, readLocalFacts } from './deploy/facts.ts';
import {
  type DeploymentPlan,
  type DeploymentStep,
  describeStep,
  findDatabaseId,
  planDeployment,
  stepArguments,
  withDatabaseId,
} from './deploy/plan.ts';
import { runWrangler } from './deploy/run-wrangler.ts';
import { printError, projectRoot, UserError } from './project.ts';
import { secretMakers } from './secrets.ts';

const HELP = `Usage: npm run deploy [-- OPTION…]

Brings Switchyard to your Cloudflare account (a paid Workers plan: it uses Durable Objects and Queues).
It looks at what is there, creates what is missing (the D1 database, the queues, the secrets with fresh random
values), applies the migrations, and deploys. Nothing is changed without --yes; no question is ever asked.

  --dry-run   what it would do, from wrangler.toml alone; works offline
  --yes       do it
  --help      this text

Before the first time: npx wrangler login, and in wrangler.toml JUDGE_URL (http://YOUR-HOST/judge) and
JUDGE_TLS_URL (https://YOUR-HOST/judge).`;

function printPlan(plan: DeploymentPlan): void {
  console.log('Plan:');
  for (const [index, step] of plan.steps.entries()) console.log(`  ${index + 1}. ${describeStep(step)}`);
  for (const warning of plan.warnings) console.log(`! ${warning}`);
  for (const blocker of plan.blockers) console.log(`✗ ${blocker}`);
}

function runStep(step: DeploymentStep): void {
  console.log(`… ${describeStep(step)}`);
  const secret = step.kind === 'put-secret' ? secretMakers[step.name]?.() : undefined;
  const { code, output } = runWrangler(stepArguments(step), secret);
  if (code !== 0)
    throw new UserError(`That failed; what was done before stays, and is found again next time.\n${output}`);
  if (step.kind === 'create-database') {
    const id = findDatabaseId(output);
    if (!id)
      throw new UserError(`wrangler named no id for the database. Put it into wrangler.toml yourself:\n${output}`);
    const file = join(projectRoot, 'wrangler.toml');
    writeFileSync(file, withDatabaseId(readFileSync(file, 'utf8'), id));
    console.log(`  its id is in wrangler.toml now: ${id}. Commit it.`);
  }
  if (step.kind === 'put-secret' && step.name === 'ADMIN_API_KEY') {
    console.log(`  the admin key, shown this once: ${secret}`);
  }
  if (step.kind === 'deploy') console.log(output);
}

function main(): void {
  const { values } = parseArgs({
    options: { 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const local = readLocalFacts();
  if (values['dry-run']) {
    printPlan(planDeployment(local));
    console.log('A dry run: nothing was asked of the platform, and what exists there already will be left as it is.');
    return;
  }
  const plan = planDeployment(askPlatform(local));
  printPlan(plan);
  if (plan.blockers.length > 0) throw new UserError('Nothing was changed.');
  if (!values.yes) {
    console.log('Nothing was changed. To do this: npm run deploy -- --yes');
    return;
  }
  buildAssets();
  for (const step of plan.steps) runStep(step);
  console.log('Deployed.');
}

try {
  main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
