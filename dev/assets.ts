import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** Files of packages that the Worker serves as they are, by where they go. Nothing of it comes from elsewhere at run time. */
const ASSETS = [
  ['swagger-ui-dist/swagger-ui.css', 'docs/swagger-ui.css'],
  ['swagger-ui-dist/swagger-ui-bundle.js', 'docs/swagger-ui-bundle.js'],
  ['swagger-ui-dist/LICENSE', 'docs/swagger-ui.LICENSE.txt'],
  ['swagger-ui-dist/NOTICE', 'docs/swagger-ui.NOTICE.txt'],
] as const;

function isCopied(from: string, to: string): boolean {
  const [source, target] = [statSync(from), statSync(to, { throwIfNoEntry: false })];
  return target !== undefined && target.size === source.size && target.mtimeMs >= source.mtimeMs;
}

/** Copies the static files of packages into `public/`, where they are no part of the repository. */
export function buildAssets(): void {
  for (const [source, target] of ASSETS) {
    const [from, to] = [join(projectRoot, 'node_modules', source), join(projectRoot, 'public', target)];
    if (isCopied(from, to)) continue;
    mkdirSync(join(to, '..'), { recursive: true });
    copyFileSync(from, to);
  }
}
