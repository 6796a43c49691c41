import { SourceParseError } from './parser.types.ts';

/** Longer than any address, password or remark in a list; what exceeds it is cut off, which no valid field survives. */
export const MAX_JSON_STRING_LENGTH = 1024;

/** Digits of a number, or letters of true, false and null; nothing that means something is longer. */
export const MAX_JSON_SCALAR_LENGTH = 64;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LETTER_U = 0x75;

/** Hexadecimal digits after `\u`. */
const UNICODE_ESCAPE_DIGITS = 4;

/**
 * Stands before a tokenizer that buffers whole tokens: passes JSON on with the ends of overlong strings cut off.
 * @throws {SourceParseError} on a number or word longer than MAX_JSON_SCALAR_LENGTH.
 */
export function createJsonLimiter(pass: (text: string) => void): (text: string) => void {
  let isString = false;
  let length = 0;
  let isEscaped = false;
  let unicodeDigitsLeft = 0;

  function readStringCharacter(code: number): void {
    length += 1;
    if (isEscaped) {
      isEscaped = false;
      unicodeDigitsLeft = code === LETTER_U ? UNICODE_ESCAPE_DIGITS : 0;
    } else if (code === BACKSLASH) {
      isEscaped = true;
    } else if (unicodeDigitsLeft > 0) {
      unicodeDigitsLeft -= 1;
    }
  }

  return (text) => {
    let kept = '';
    let start = 0;
    let isCutting = isString && length >= MAX_JSON_STRING_LENGTH && !isEscaped && unicodeDigitsLeft === 0;
    // Within a part that is cut off, escapes matter only for finding the closing quote.
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (!isString) {
        length = isScalarCharacter(code) ? length + 1 : 0;
        if (length > MAX_JSON_SCALAR_LENGTH) {
          pass(kept + text.slice(start, index));
          throw new SourceParseError('Broken JSON: a number or word has no end');
        }
        isString = code === QUOTE;
        continue;
      }
      if (code === QUOTE && !isEscaped) {
        if (isCutting) start = index;
        isCutting = false;
        isString = false;
        length = 0;
        unicodeDigitsLeft = 0;
        continue;
      }
      if (!isCutting && length >= MAX_JSON_STRING_LENGTH && !isEscaped && unicodeDigitsLeft === 0) {
        kept += text.slice(start, index);
        isCutting = true;
      }
      readStringCharacter(code);
      if (isCutting) unicodeDigitsLeft = 0;
    }
    pass(isCutting ? kept : kept + text.slice(start));
  };
}

/** Letters, digits, signs: whatever is neither white space, nor a quote, nor punctuation of JSON. */
function isScalarCharacter(code: number): boolean {
  return code > 0x20 && !'"[]{}:,'.includes(String.fromCharCode(code));
}
