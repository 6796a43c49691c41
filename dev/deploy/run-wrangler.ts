import { spawnSync } from 'node:child_process';
import { projectRoot, wranglerEntry } from '../project.ts';

export interface WranglerResult {
  code: number;
  output: string;
}

/** Runs wrangler without questions; `input` is what it reads from its standard input. */
export function runWrangler(args: readonly string[], input = ''): WranglerResult {
  const result = spawnSync(process.execPath, [wranglerEntry, ...args], {
    cwd: projectRoot,
    input,
    encoding: 'utf8',
    env: { ...process.env, CI: '1', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' },
  });
  return { code: result.status ?? 1, output: `${result.stdout}${result.stderr}` };
}
