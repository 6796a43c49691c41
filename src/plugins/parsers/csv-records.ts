/** Rows of published lists with place names and networks stay below half of this. */
export const MAX_RECORD_LENGTH = 4096;

/** Delimiters between fields that are tried on a header. */
export const CSV_DELIMITERS = [',', ';', '\t'] as const;

export interface CsvRecordSplitter {
  write(text: string): void;
  end(): void;
  /** From here on only this ends a field. */
  setDelimiter(delimiter: string): void;
}

interface CsvRecordHandler {
  /** A record without its end, not blank. */
  onRecord(record: string): void;
  /** One that is too long or ends within quotes; its text is not kept. */
  onBadRecord(): void;
}

/**
 * Splits CSV at the ends of records, minding quotes (RFC 4180; a quote opens only at the start of a field), and keeps
 * no more than MAX_RECORD_LENGTH characters of an unfinished one. After a longer one, as after a quote that is never
 * closed, reading goes on at the next line.
 */
export function createCsvRecordSplitter({ onRecord, onBadRecord }: CsvRecordHandler): CsvRecordSplitter {
  let delimiters: readonly string[] = CSV_DELIMITERS;
  let kept = '';
  let isQuoted = false;
  let isFieldStart = true;
  let isDropping = false;

  function finish(): void {
    const record = kept;
    if (isDropping || isQuoted) onBadRecord();
    else if (record.trim() !== '') onRecord(record);
    kept = '';
    isQuoted = false;
    isFieldStart = true;
    isDropping = false;
  }

  /** Keeps `text`, or nothing of the record any more when it gets too long. */
  function keep(text: string): void {
    if (isDropping) return;
    kept += text;
    if (kept.length <= MAX_RECORD_LENGTH) return;
    kept = '';
    isQuoted = false;
    isDropping = true;
  }

  function readCharacter(character: string): void {
    if (!isQuoted && (character === '\n' || character === '\r')) {
      finish();
      return;
    }
    keep(character);
    if (isDropping) return;
    if (isQuoted) {
      // An escaped quote is two of them: the second one opens the field again.
      if (character === '"') isQuoted = false;
      isFieldStart = character === '"';
      return;
    }
    isQuoted = character === '"' && isFieldStart;
    isFieldStart = !isQuoted && delimiters.includes(character);
  }

  return {
    write(text) {
      for (const character of text) readCharacter(character);
    },
    end: finish,
    setDelimiter(delimiter) {
      delimiters = [delimiter];
    },
  };
}
