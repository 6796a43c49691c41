import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** Longer files are read by nobody; the plan is a median below 80 lines. */
const MAX_SOURCE_LINES = 400;
const MAX_TEST_LINES = 600;
const MAX_DURABLE_OBJECT_LINES = 200;

/** The one module that opens sockets: deadlines, limits and the address guard live there. */
const SOCKET_IMPORTERS_ALLOWED = 1;

export interface SourceFile {
  /** With `/`, from the project's root. */
  path: string;
  text: string;
}

function maxLines(path: string): number {
  if (path.startsWith('test/')) return MAX_TEST_LINES;
  return path.endsWith('.do.ts') ? MAX_DURABLE_OBJECT_LINES : MAX_SOURCE_LINES;
}

/** A comment that silences a checker; group 2 is what it says after the rule. */
const SUPPRESSION =
  /(biome-ignore(?:-all|-start)?|oxlint-disable(?:-next-line|-line)?|eslint-disable(?:-next-line|-line)?|@ts-expect-error|@ts-ignore|@ts-nocheck)(.*)/;

function suppressionProblem(line: string): string | null {
  const match = SUPPRESSION.exec(line);
  if (!match) return null;
  const [, directive = '', rest = ''] = match;
  if (directive === '@ts-ignore' || directive === '@ts-nocheck') return `${directive} is not used here`;
  const separator = directive.startsWith('@ts') ? '' : directive.startsWith('biome') ? ':' : '--';
  const reason = separator === '' ? rest : rest.split(separator).slice(1).join(separator);
  return reason.replace(/\*\/|\W/g, '').length < 8 ? `${directive} without a reason` : null;
}

function lineProblems(path: string, line: string): string[] {
  const problems: string[] = [];
  const suppression = suppressionProblem(line);
  if (suppression) problems.push(suppression);
  if (path.startsWith('test/') && /\b(?:test|it|describe)(?:\.\w+)*\.(?:only|skip|todo)\s*\(/.test(line)) {
    problems.push('a test that is left out, or leaves out the others (skipIf names its condition)');
  }
  if (path.startsWith('src/') && /\bas unknown as\b/.test(line))
    problems.push('a double cast hides what the types say');
  return problems;
}

/** What the house's rules find wrong, one line each, `path:line: what`. Empty when all is well. */
export function houseProblems(files: readonly SourceFile[]): string[] {
  const problems: string[] = [];
  for (const { path, text } of files) {
    const lines = text.split('\n');
    const count = text.endsWith('\n') ? lines.length - 1 : lines.length;
    if (count > maxLines(path)) problems.push(`${path}: ${count} lines, at most ${maxLines(path)} are allowed`);
    for (const [index, line] of lines.entries()) {
      for (const problem of lineProblems(path, line)) problems.push(`${path}:${index + 1}: ${problem}`);
    }
  }
  const socketImporters = files.filter(
    ({ path, text }) => path.startsWith('src/') && /^import (?!type).*from 'cloudflare:sockets'/m.test(text),
  );
  if (socketImporters.length > SOCKET_IMPORTERS_ALLOWED) {
    const names = socketImporters.map(({ path }) => path).join(', ');
    problems.push(`cloudflare:sockets is imported in ${names}: only the dialer opens sockets`);
  }
  return problems;
}

/** All TypeScript of the project that the rules are about. */
export function readHouse(): SourceFile[] {
  const paths = globSync('{src,test,dev,bench}/**/*.{ts,tsx}', { cwd: projectRoot });
  return (
    paths
      .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(projectRoot, path), 'utf8') }))
      // These rules are written down here, and their tests break them on purpose.
      .filter(({ path }) => path !== 'dev/check-house.ts' && path !== 'test/dev/check-house.node.test.ts')
  );
}

if (import.meta.main) {
  const problems = houseProblems(readHouse());
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
