/** Control and format characters (escape sequences, text that runs backwards), separators, lone surrogates, no characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return (
    SHORT[character] ?? (point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`)
  );
}

/** Text of others for a terminal: one line, and what a terminal would obey is written out (`\x1b`). */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** JSON in one line that a terminal only shows: what it would obey is escaped, which JSON allows within strings. */
export function printableJson(value: object): string {
  const text = JSON.stringify(value);
  return text.replace(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
