import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson } from '../../src/cli/terminal/printable.model.ts';

const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const anyText = fc.string({ unit: 'binary' });

describe('text of others at a terminal', () => {
  it('is shown, never obeyed, whatever it is', () => {
    const anyUnits = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(fc.oneof(anyText, anyUnits), (text) => {
        expect(printable(text)).not.toMatch(OBEYED);
      }),
    );
  });

  it('keeps what people write as it is', () => {
    for (const text of ['plain', 'Zürich – 東京', '1 %', '👍', 'a\\b']) expect(printable(text)).toBe(text);
  });

  it('says what was there', () => {
    expect(printable('\x1b[31mred\x1b[0m\r\n\t\u202egnp.exe\x9b2J')).toBe(
      '\\x1b[31mred\\x1b[0m\\r\\n\\t\\u{202e}gnp.exe\\x9b2J',
    );
  });

  it('as JSON it is one line that parses to the same, and is not obeyed either', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.double(), fc.constant(null))), (value) => {
        const line = printableJson(value);
        expect(line).not.toMatch(OBEYED);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
