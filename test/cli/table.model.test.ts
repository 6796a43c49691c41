import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/cli/terminal/printable.model.ts';
import { cut, tableLines } from '../../src/cli/terminal/table.model.ts';

describe('tables', () => {
  it('are aligned, numbers to the right, without blanks at the ends of lines', () => {
    const columns = [{ title: 'NAME' }, { title: 'PID', align: 'right' as const }, { title: 'WHERE' }];
    expect(
      tableLines(
        columns,
        [
          ['scraper', '1', ''],
          ['x', '100', 'here'],
        ],
        80,
      ),
    ).toEqual(['NAME     PID  WHERE', 'scraper    1', 'x        100  here']);
  });

  it('cut the widest columns until they fit, and never what must be whole', () => {
    const columns = [{ title: 'ID', isWhole: true }, { title: 'TEXT' }];
    const [, line] = tableLines(columns, [['0123456789', 'a long text that has no room']], 20);
    expect(line).toBe('0123456789  a long …');
    expect(tableLines(columns, [['0123456789', 'a long text']], 16)[1]).toBe('0123456789  a l…');
  });

  it('lose their last columns where there is no room for all', () => {
    const columns = [{ title: 'ID', isWhole: true }, { title: 'TEXT' }];
    expect(tableLines(columns, [['0123456789', 'a long text']], 15)).toEqual(['ID', '0123456789']);
    expect(tableLines(columns, [['0123456789', 'a long text']], 5)).toEqual(['ID', '0123456789']);
  });

  it('fit any terminal that has room for their narrowest form, wide characters counted', () => {
    const rows = fc.array(fc.array(fc.string({ unit: 'grapheme' }).map(printable), { minLength: 3, maxLength: 3 }));
    const columns = [{ title: 'A' }, { title: 'B' }, { title: 'C' }];
    fc.assert(
      fc.property(rows, fc.integer({ min: 16, max: 60 }), (cells, width) => {
        for (const line of tableLines(columns, cells, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('cut between characters as people see them', () => {
    expect(cut('東京都', 4)).toBe('東…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
  });
});
