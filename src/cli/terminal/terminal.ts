import { once } from 'node:events';
import { styleText } from 'node:util';
import { printable, printableJson } from './printable.model.ts';
import { type Column, tableLines } from './table.model.ts';

/** Of a terminal that does not say how wide it is. */
const DEFAULT_WIDTH = 80;

export type Style = Parameters<typeof styleText>[0];

/** Where a command writes. Whatever comes from elsewhere goes through `printable` before it gets here. */
export interface Terminal {
  /** Standard output is a terminal, not a file or a pipe. */
  readonly isTerminal: boolean;
  /** Columns; without end where standard output is no terminal: scripts get the whole text. */
  width(): number;
  height(): number;
  /** A line for standard output. */
  print(line: string): void;
  /** A line for people: standard error. */
  note(line: string): void;
  /** One document, one line. */
  json(value: object): void;
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void;
  /** Coloured where standard output shows colours: a terminal without NO_COLOR, or FORCE_COLOR. */
  style(style: Style, text: string): string;
  write(text: string): void;
  /** Settles when whoever reads the output can take more. */
  drained(): Promise<void>;
}

export function createTerminal(allowsColors: boolean): Terminal {
  const { stdout, stderr } = process;
  const terminal: Terminal = {
    isTerminal: stdout.isTTY === true,
    width: () => (stdout.isTTY ? stdout.columns || DEFAULT_WIDTH : Number.POSITIVE_INFINITY),
    height: () => stdout.rows || 24,
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    json: (value) => void stdout.write(`${printableJson(value)}\n`),
    table(columns, rows) {
      const cells = rows.map((row) => row.map(printable));
      const [titles = '', ...lines] = tableLines(columns, cells, terminal.width());
      terminal.print(terminal.style('bold', titles));
      for (const line of lines) terminal.print(line);
    },
    style: (style, text) => (allowsColors ? styleText(style, text, { stream: stdout, validateStream: true }) : text),
    write: (text) => void stdout.write(text),
    async drained() {
      if (!stdout.writableNeedDrain) return;
      // A reader that has left drains nothing.
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {});
    },
  };
  return terminal;
}

let leave = (): void => process.exit(0);

/** What to do when nobody reads our output any more; without a word here the process ends at once. */
export function whenReaderLeaves(act: () => void): void {
  leave = act;
}

/** Whoever reads our output may leave before its end (`| head`): that is no failure, and nothing to talk about. */
export function expectReaderToLeave(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      leave();
    });
  }
}
