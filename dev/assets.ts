import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, UserError } from './project.ts';
import { withLock } from './with-lock.ts';

/** Files of packages that the Worker serves as they are, by where they go. Nothing of it comes from elsewhere at run time. */
const ASSETS = [
  ['swagger-ui-dist/swagger-ui.css', 'docs/swagger-ui.css'],
  ['swagger-ui-dist/swagger-ui-bundle.js', 'docs/swagger-ui-bundle.js'],
  ['swagger-ui-dist/LICENSE', 'docs/swagger-ui.LICENSE.txt'],
  ['swagger-ui-dist/NOTICE', 'docs/swagger-ui.NOTICE.txt'],
  // The last GraphiQL whose editor needs neither inline styles nor workers, which the pages' policy refuses.
  ['graphiql/graphiql.min.js', 'graphql/graphiql.js'],
  ['graphiql/LICENSE', 'graphql/graphiql.LICENSE.txt'],
  ['react/umd/react.production.min.js', 'graphql/react.js'],
  ['react-dom/umd/react-dom.production.min.js', 'graphql/react-dom.js'],
  ['react/LICENSE', 'graphql/react.LICENSE.txt'],
] as const;

/** The dashboard's colours, for the pages that are not built with it. */
const COLOURS = ['src/dashboard/styles/tokens.css', 'docs/tokens.css'] as const;

/** Fonts lie in this style sheet as data, 370 of its 410 KB, and the pages' policy refuses them: the system's own do. */
const STYLES_WITHOUT_FONTS = ['graphiql/graphiql.min.css', 'graphql/graphiql.css'] as const;
const FONT_FACE = /@font-face\s*\{[^}]*\}/g;

/** Where all static files of the Worker are, `wrangler.toml` says the same: the dashboard, and a copy of `public/`. */
export const builtAssets = join(projectRoot, 'dist', 'dashboard');

/** Says of what the files there were made. */
const digestFile = join(projectRoot, 'dist', 'dashboard.sha256');
/** Two runs of the tests at once, or one beside `npm start`, have one directory. */
const lockDirectory = join(projectRoot, 'dist', 'dashboard.lock');

function isCopied(from: string, to: string): boolean {
  const [source, target] = [statSync(from), statSync(to, { throwIfNoEntry: false })];
  return target !== undefined && target.size === source.size && target.mtimeMs >= source.mtimeMs;
}

function writeChanged(to: string, text: string): void {
  const isThere = statSync(to, { throwIfNoEntry: false }) !== undefined;
  if (!isThere || readFileSync(to, 'utf8') !== text) writeFileSync(to, text);
}

/** Of everything that the built files are made of. */
function inputsDigest(): string {
  const hash = createHash('sha256');
  const paths = globSync('{src/dashboard,public}/**/*.*', { cwd: projectRoot }).sort();
  for (const path of ['package-lock.json', ...paths]) {
    hash.update(`${path}\n`).update(readFileSync(join(projectRoot, path)));
  }
  return hash.digest('hex');
}

function buildDashboard(): void {
  const digest = inputsDigest();
  const isBuilt = existsSync(join(builtAssets, 'index.html')) && existsSync(digestFile);
  if (isBuilt && readFileSync(digestFile, 'utf8') === digest) return;
  const vite = join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--config', join(projectRoot, 'src', 'dashboard', 'vite.config.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new UserError(`The dashboard could not be built:\n${stdout}${stderr}`);
  writeFileSync(digestFile, digest);
}

/**
 * Makes the static files of the Worker, where they are no part of the repository: packages' files and the dashboard's colours
 * are copied into `public/`, the dashboard is built beside a copy of that. A second or two when something changed, next to nothing otherwise.
 */
export function buildAssets(): void {
  const publicFiles = join(projectRoot, 'public');
  const copies = [...ASSETS.map(([source, target]) => [join('node_modules', source), target] as const), COLOURS];
  for (const [source, target] of copies) {
    const [from, to] = [join(projectRoot, source), join(publicFiles, target)];
    if (isCopied(from, to)) continue;
    mkdirSync(join(to, '..'), { recursive: true });
    copyFileSync(from, to);
  }
  const [source, target] = STYLES_WITHOUT_FONTS;
  writeChanged(
    join(publicFiles, target),
    readFileSync(join(projectRoot, 'node_modules', source), 'utf8').replaceAll(FONT_FACE, ''),
  );
  withLock(lockDirectory, buildDashboard);
}
