import { parseArgs } from 'node:util';
import { parsePort } from '../project.ts';
import { DEFAULT_BASE_PORT, DEFAULT_SOURCE_LIST_PORT, HIGHEST_BASE_PORT } from './catalogue.ts';
import { startLab } from './lab.ts';
import { type LabProxy, labProxyUrl } from './lab-proxy.ts';

const HELP = `Usage: npm run lab -- [OPTION…]

Starts the lab alone: real proxies on 127.0.10.x, good and bad ones, and a source list of them.
They connect to 127.0.0.0/8 only. Ctrl-C ends it.

  --base-port N         proxy n listens on port N + n; 0 takes free ones (default ${DEFAULT_BASE_PORT})
  --source-list-port N  where the lists are served; 0 takes a free one (default ${DEFAULT_SOURCE_LIST_PORT})
  --help                this text`;

/** What the checks are to make of it. */
function outcome({ expectation, finding }: LabProxy): string {
  return finding ? (finding.verdict ?? 'fails') : expectation;
}

function row(proxy: LabProxy): string {
  return `${proxy.name.padEnd(24)} ${outcome(proxy).padEnd(13)} ${labProxyUrl(proxy).padEnd(46)} ${proxy.describe}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'base-port': { type: 'string' }, 'source-list-port': { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const lab = await startLab({
    basePort: parsePort('--base-port', values['base-port'], DEFAULT_BASE_PORT, HIGHEST_BASE_PORT),
    sourceListPort: parsePort('--source-list-port', values['source-list-port'], DEFAULT_SOURCE_LIST_PORT),
  });
  console.log(`${'NAME'.padEnd(24)} ${'CHECKS SAY'.padEnd(13)} ${'ADDRESS'.padEnd(46)} WHAT IT DOES`);
  for (const proxy of lab.proxies) console.log(row(proxy));
  console.log(`\nSource list: ${lab.sourceListUrl} (also .json .csv .html .b64). Ctrl-C ends the lab.`);
  const stop = () => {
    void lab.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
