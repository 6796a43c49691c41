import { Command, Option } from 'commander';
import { version } from '../version.ts';
import { DEFAULT_URL } from './api/connection.ts';
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { printable } from './terminal/printable.model.ts';

const exitTable = Object.values(exitCodes)
  .map(({ code, meaning }) => `  ${code}  ${meaning}`)
  .join('\n');

const about = `
Where and who:
  SWITCHYARD_URL and SWITCHYARD_KEY are the usual way. --key is seen by whoever lists this machine's processes.

Exit codes:
${exitTable}

Examples:
  switchyard status
  switchyard acquire --protocol http --country DE --seconds 600
  switchyard logs -f --process validator --grep failed
  switchyard bridge --port 8080 --sticky 10
`;

/** The command line with all its commands; nothing runs before `parseAsync`. */
export function createProgram(): Command {
  const program = new Command('switchyard')
    .description('Switchyard at the terminal: its pool, leases, processes, logs and requests.')
    .addOption(new Option('--url <url>', 'where Switchyard is').env('SWITCHYARD_URL').default(DEFAULT_URL))
    .addOption(new Option('--key <key>', 'API key; prefer the variable').env('SWITCHYARD_KEY'))
    .option('--json', "print the API's JSON, a document a line")
    .option('--no-color', 'no colours, as NO_COLOR=1 says it, too')
    .helpOption('-h, --help', 'show what there is, and how it is used')
    .version(version, '-V, --version', 'say which version this is')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: (text, write) => {
        const line = text
          .replace(/^error: /, 'USAGE: ')
          .trim()
          .replaceAll('\n', ' ');
        write(`switchyard: ${printable(line)}\n`);
      },
    })
    .addHelpText('after', about)
    .exitOverride();
  for (const add of commands) add(program);
  // Commander's own answers a name that it does not know with the whole help, and not a word about it.
  program
    .command('help [command]')
    .description('show how a command is used')
    .action((name?: string) => {
      const found = name === undefined ? program : program.commands.find((command) => command.name() === name);
      if (found) found.help();
      else program.error(`error: unknown command '${name}'`);
    });
  return program;
}
