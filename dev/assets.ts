import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

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

/** Fonts lie in this style sheet as data, 370 of its 410 KB, and the pages' policy refuses them: the system's own do. */
const STYLES_WITHOUT_FONTS = ['graphiql/graphiql.min.css', 'graphql/graphiql.css'] as const;
const FONT_FACE = /@font-face\s*\{[^}]*\}/g;

function isCopied(from: string, to: string): boolean {
  const [source, target] = [statSync(from), statSync(to, { throwIfNoEntry: false })];
  return target !== undefined && target.size === source.size && target.mtimeMs >= source.mtimeMs;
}

function writeChanged(to: string, text: string): void {
  const isThere = statSync(to, { throwIfNoEntry: false }) !== undefined;
  if (!isThere || readFileSync(to, 'utf8') !== text) writeFileSync(to, text);
}

/** Puts the static files of packages into `public/`, where they are no part of the repository. */
export function buildAssets(): void {
  const packages = join(projectRoot, 'node_modules');
  const publicFiles = join(projectRoot, 'public');
  for (const [source, target] of ASSETS) {
    const [from, to] = [join(packages, source), join(publicFiles, target)];
    if (isCopied(from, to)) continue;
    mkdirSync(join(to, '..'), { recursive: true });
    copyFileSync(from, to);
  }
  const [source, target] = STYLES_WITHOUT_FONTS;
  writeChanged(join(publicFiles, target), readFileSync(join(packages, source), 'utf8').replaceAll(FONT_FACE, ''));
}
