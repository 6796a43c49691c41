import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildAssets } from './assets.ts';
import { projectRoot } from './project.ts';

buildAssets();
// `npm test [-- ARGUMENT…]`: vitest with our configuration; its last line is `N passed, N failed`.
const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const args = [vitest, 'run', '--config', 'test/vitest.config.ts', ...process.argv.slice(2)];
const result = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
process.exit(result.status ?? 1);
