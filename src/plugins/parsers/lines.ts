import { utf8Length } from '../../platform/utf8-length.ts';

/** A proxy, its credentials and a remark fit well into this; anything longer is no entry of a list. */
export const MAX_LINE_BYTES = 256;

export interface LineHandler {
  /** A line of at most MAX_LINE_BYTES, without its end. */
  onLine(line: string): void;
  /** A longer one; its text is not kept. */
  onOverlongLine(): void;
}

export interface LineSplitter {
  write(text: string): void;
  end(): void;
}

/**
 * Splits pushed text at CR and LF. CRLF shows as a line and an empty one, which readers of lists ignore anyway.
 * No more than MAX_LINE_BYTES of an unfinished line are kept.
 */
export function createLineSplitter({ onLine, onOverlongLine }: LineHandler): LineSplitter {
  let partial = '';
  let isOverlong = false;

  function append(text: string): void {
    if (isOverlong) return;
    // Each UTF-16 code unit is at least one byte.
    if (partial.length + text.length > MAX_LINE_BYTES) {
      isOverlong = true;
      partial = '';
    } else {
      partial += text;
    }
  }

  function finish(): void {
    const line = partial;
    const wasOverlong = isOverlong || utf8Length(line) > MAX_LINE_BYTES;
    partial = '';
    isOverlong = false;
    if (wasOverlong) onOverlongLine();
    else onLine(line);
  }

  return {
    write(text) {
      const parts = text.split(/[\r\n]/);
      for (const [index, part] of parts.entries()) {
        if (index > 0) finish();
        append(part);
      }
    },
    end: finish,
  };
}
