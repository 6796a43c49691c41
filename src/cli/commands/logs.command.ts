import { type Command, Option } from 'commander';
import { processNames } from '../../ops/processes/process-names.ts';
import type { LogLine, LogList } from '../api/api.types.ts';
import { followList } from '../follow-list.ts';
import { type Session, withSession } from '../session.ts';
import { printable } from '../terminal/printable.model.ts';
import type { Style, Terminal } from '../terminal/terminal.ts';
import { integerFrom } from '../values.ts';

/** The API's own limit. */
const MAX_LINES = 10_000;
const DEFAULT_LINES = 100;

const NAME_WIDTH = Math.max(...processNames.map((name) => name.length));

interface LogsOptions {
  follow?: boolean;
  process?: string;
  grep?: string;
  regex?: boolean;
  lines: number;
}

const levelStyles: Readonly<Record<string, Style>> = { error: 'red', warn: 'yellow', debug: 'dim' };

function toLine(terminal: Terminal, { timestamp, process: name, level, line }: LogLine): string {
  const style = levelStyles[level];
  const text = printable(line);
  const head = `${printable(timestamp)} ${printable(name).padEnd(NAME_WIDTH)}`;
  return `${terminal.style('dim', head)} ${style === undefined ? text : terminal.style(style, text)}`;
}

async function showLogs(session: Session, options: LogsOptions): Promise<void> {
  const { api, terminal, isJson } = session;
  const filters = { process: options.process, pattern: options.grep, regex: options.regex };
  const read = () => api.get<LogList>('/api/v1/logs', { ...filters, lines: options.lines });
  if (options.follow === true) {
    return followList<LogLine>(session, {
      streamPath: '/api/v1/logs/stream',
      query: filters,
      readList: async () => (await read()).logs,
      nameOf: ({ timestamp, process: name, line }) => JSON.stringify([timestamp, name, line]),
      toLine: (line) => toLine(terminal, line),
    });
  }
  const list = await read();
  if (isJson) return terminal.json(list);
  for (const line of list.logs) terminal.print(toLine(terminal, line));
}

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('what the background processes did, the oldest line first')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--process <names>', 'only these, separated by commas')
    .option('--grep <text>', 'only lines with it, capitals as they are')
    .option('--regex', '--grep is a regular expression (RE2)')
    .addOption(
      new Option('-n, --lines <count>', 'how many at most').argParser(integerFrom(1, MAX_LINES)).default(DEFAULT_LINES),
    )
    .action(withSession(showLogs));
}
