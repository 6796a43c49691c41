import { CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { printable } from './terminal/printable.model.ts';
import { expectReaderToLeave } from './terminal/terminal.ts';

/** Longer texts of a server say nothing more. */
const MAX_MESSAGE_CHARACTERS = 1_000;

function line(text: string): void {
  process.stderr.write(`switchyard: ${printable(text.slice(0, MAX_MESSAGE_CHARACTERS))}\n`);
}

/** Says in one line what went wrong and what to do. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // It has said what was wrong; help and version are no failure.
    return error.exitCode === 0 ? exitCodes.DONE.code : exitCodes.USAGE.code;
  }
  if (error instanceof CliError) {
    line(`${error.code}: ${error.message}${error.advice === '' ? '' : ` ${error.advice}`}`);
    return exitCodes[error.exit].code;
  }
  line(`INTERNAL: ${error instanceof Error ? `${error.name}: ${error.message}` : 'something unknown was thrown'}`);
  return exitCodes.FAILED.code;
}

// The command line is what others see of a process: after this, a key in it is not.
process.title = 'switchyard';
expectReaderToLeave();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// What was written goes out first; what is still open (a socket that waits for a server's goodbye) keeps nobody.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))),
);
process.exit();
