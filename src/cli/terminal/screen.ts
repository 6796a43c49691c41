import type { Terminal } from './terminal.ts';

// Control sequences of ECMA-48, and xterm's: its alternate screen, no cursor, long lines end at the edge.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const ERASE_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

const QUIT_KEYS = ['q', 'Q', '\x03', '\x04'];

/** A whole screen that is drawn again and again; what was there before comes back at its end. `q` and Ctrl-C call `quit`. */
export function openScreen(terminal: Terminal, quit: () => void) {
  const { stdin } = process;
  const onKey = (keys: Buffer): void => {
    if (QUIT_KEYS.some((key) => keys.includes(key))) quit();
  };
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey);
  terminal.write(ENTER);
  return {
    /** Lines that fit the width; those below the last row are left out. */
    show(lines: readonly string[]): void {
      const shown = lines.slice(0, terminal.height() - 1).map((line) => `${line}${ERASE_LINE}\r\n`);
      terminal.write(HOME + shown.join('') + ERASE_BELOW);
    },
    close(): void {
      terminal.write(LEAVE);
      if (!stdin.isTTY) return;
      stdin.off('data', onKey).setRawMode(false);
      // A stream that is still read keeps the process.
      stdin.pause();
    },
  };
}
