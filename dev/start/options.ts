import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { variableProblem } from '../../src/platform/env.ts';
import { DEFAULT_BASE_PORT, HIGHEST_BASE_PORT } from '../lab/catalogue.ts';
import { parsePort, projectRoot, UserError } from '../project.ts';

export const START_HELP = `Usage: npm start [-- OPTION…]

Runs all of Switchyard on this machine: the Worker, its database and queues, a cron ticker, and the lab,
real proxies on loopback to check and lease. Ctrl-C ends every process that it started.

  --port N             port of the API; 0 takes a free one (default 8787)
  --state DIR          where databases and objects are kept (default .wrangler/state)
  --sources lab|public lab: the lab's own list (default); public: well-known lists of the internet, stored but not
                       checked until --var JUDGE_URL:http://…/judge names a judge that their proxies can reach
  --no-lab             don't start the lab
  --lab-port N         lab proxy n listens on port N + n; 0 takes free ones (default ${DEFAULT_BASE_PORT})
  --var NAME:VALUE     a variable of the Worker, over what wrangler.toml and the local defaults say; repeatable
  --help               this text`;

export interface StartOptions {
  help: boolean;
  port: number;
  stateDirectory: string;
  sources: 'lab' | 'public';
  /** False with --no-lab, and with public sources unless --lab was said. */
  lab: boolean;
  labPort: number;
  vars: Record<string, string>;
}

const DEFAULT_PORT = 8787;

function parseVars(pairs: readonly string[]): Record<string, string> {
  const vars: Record<string, string> = {};
  for (const pair of pairs) {
    const colon = pair.indexOf(':');
    const name = pair.slice(0, colon);
    if (colon < 0 || !/^[A-Z][A-Z0-9_]*$/.test(name)) throw new UserError(`--var wants NAME:VALUE, not '${pair}'.`);
    const value = pair.slice(colon + 1);
    // The Worker would refuse to serve, or never look at a name that it does not know.
    const problem = variableProblem(name, value);
    if (problem !== null) throw new UserError(`--var ${name}: ${problem}.`);
    vars[name] = value;
  }
  return vars;
}

/** Reads the command line of `npm start`. Throws UserError, or parseArgs' own error for options that don't exist. */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      port: { type: 'string' },
      state: { type: 'string' },
      sources: { type: 'string' },
      lab: { type: 'boolean' },
      'lab-port': { type: 'string' },
      var: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  });
  const sources = values.sources ?? 'lab';
  if (sources !== 'lab' && sources !== 'public')
    throw new UserError(`--sources wants lab or public, not '${sources}'.`);
  return {
    help: values.help ?? false,
    port: parsePort('--port', values.port, DEFAULT_PORT),
    stateDirectory: resolve(projectRoot, values.state ?? '.wrangler/state'),
    sources,
    lab: values.lab ?? sources === 'lab',
    labPort: parsePort('--lab-port', values['lab-port'], DEFAULT_BASE_PORT, HIGHEST_BASE_PORT),
    vars: parseVars(values.var ?? []),
  };
}
