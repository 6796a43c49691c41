import { join } from 'node:path';
import { projectRoot, UserError } from '../project.ts';

export interface VerifyStep {
  name: string;
  /** What it makes sure of, for --help. */
  describe: string;
  /** A script of Node's and its arguments. */
  command: readonly string[];
}

/** The file behind a program that a package brought, so that no shell is needed. */
function program(path: string): string {
  return join(projectRoot, 'node_modules', path);
}

function own(path: string): string {
  return join(projectRoot, 'dev', path);
}

const tsc = program('typescript/bin/tsc');

/** In this order; all run, even when one fails. */
export const verifySteps: readonly VerifyStep[] = [
  {
    name: 'biome',
    describe: 'format and lint',
    command: [program('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '.'],
  },
  { name: 'oxlint', describe: 'roles and bans', command: [program('oxlint/bin/oxlint'), '--deny-warnings'] },
  { name: 'types-src', describe: 'tsc of src', command: [tsc, '-p', 'tsconfig.json'] },
  { name: 'types-test', describe: 'tsc of test', command: [tsc, '-p', 'test/tsconfig.json'] },
  { name: 'types-dev', describe: 'tsc of dev', command: [tsc, '-p', 'dev/tsconfig.json'] },
  {
    name: 'types-page',
    describe: 'tsc of the dashboard',
    command: [tsc, '-p', 'src/dashboard/tsconfig.json'],
  },
  { name: 'types-cli', describe: 'tsc of the command line', command: [tsc, '-p', 'src/cli/tsconfig.json'] },
  { name: 'types-bench', describe: 'tsc of bench', command: [tsc, '-p', 'bench/tsconfig.json'] },
  { name: 'generated', describe: 'generated files are up to date', command: [own('check-types.ts')] },
  { name: 'bundle', describe: 'the bundle builds and stays small', command: [own('check-bundle.ts')] },
  { name: 'page', describe: "the dashboard's first load stays small", command: [own('check-page.ts')] },
  { name: 'house', describe: 'rules no linter knows', command: [own('check-house.ts')] },
  { name: 'tests', describe: 'npm test', command: [own('test.ts')] },
  { name: 'smoke', describe: 'npm start, a lease, an orderly end', command: [own('smoke.ts')] },
];

/** The steps to run. Throws UserError for a name that no step has. */
export function chooseSteps(only: readonly string[], skip: readonly string[]): VerifyStep[] {
  const names = verifySteps.map(({ name }) => name);
  for (const name of [...only, ...skip]) {
    if (!names.includes(name)) throw new UserError(`There is no step '${name}'. Steps: ${names.join(' ')}`);
  }
  return verifySteps.filter(({ name }) => (only.length === 0 || only.includes(name)) && !skip.includes(name));
}
