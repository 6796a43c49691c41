import { stripVTControlCharacters } from 'node:util';
import { buildAssets } from '../assets.ts';
import { projectRoot, wranglerEntry } from '../project.ts';
import { type ProcessGroup, startGroup } from './process-group.ts';

/** A log line is for the eye; the rest of it is in `/api/v1` and in the process log. */
const MAX_LINE_CHARACTERS = 400;

/** Wrangler's own words that say something went wrong. */
const TROUBLE = /\bERROR\b|✘|Uncaught|\berror:/i;

/** Without the internet wrangler misses a placeholder for `request.cf`, and says so again and again. */
const HARMLESS = /getaddrinfo|workers\.cloudflare\.com|request\.cf/;

/** What wrangler puts around the Worker's warnings and errors. */
const FRAME = /^[✘▲] \[(?:ERROR|WARNING)\] (?=\{)/;

/** Lines of the Worker pass, wrangler's noise does not. Null: not to be shown. */
export function shownLine(line: string): string | null {
  const text = stripVTControlCharacters(line).trimEnd().replace(FRAME, '');
  const isLog = text.startsWith('{"level":');
  const isRoutine = /^\{"level":"(debug|info)"/.test(text);
  if (isRoutine || !(isLog || TROUBLE.test(text))) return null;
  if (!isLog && HARMLESS.test(text)) return null;
  return text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)} …` : text;
}

export interface WorkerOptions {
  port: number;
  inspectorPort: number;
  stateDirectory: string;
  vars: Record<string, string>;
}

/** Starts the Worker under `wrangler dev` on loopback. */
export function startWorker(options: WorkerOptions): ProcessGroup {
  buildAssets();
  const vars = Object.entries(options.vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  const ports = ['--port', String(options.port), '--inspector-port', String(options.inspectorPort)];
  const addresses = ['--ip', '127.0.0.1', '--inspector-ip', '127.0.0.1'];
  const state = ['--persist-to', options.stateDirectory, '--show-interactive-dev-session=false'];
  const args = ['dev', '--cwd', projectRoot, ...addresses, ...ports, ...state, ...vars];
  return startGroup(wranglerEntry, args, (line) => {
    const shown = shownLine(line);
    if (shown !== null) console.log(shown);
  });
}
