import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { csvLine, csvTime } from '../../../src/application/exports/csv';
import * as ofConsole from '../../../web/src/console/pages/history/export/csv';

const SIGNS = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
const SEPARATORS = [',', ';', '\t', '|', '\r', '\n'];

/** Where a program might begin a cell, whatever it splits at, what it begins with once quotes and white space are skipped. */
function beginnings(line: string): readonly string[] {
  const begins = [...line].flatMap((character, index) => (SEPARATORS.includes(character) ? [index + 1] : []));
  return [0, ...begins].map((begin) => line.slice(begin).replace(/^[^\S\t\r\n]*"*[^\S\t\r\n]*"*/, '').slice(0, 1));
}

const characters = fc.constantFrom(...SIGNS, ...SEPARATORS, '"', "'", ' ', ' ', 'a', 'ü', '1', '\u00a0');
const cells = fc.array(fc.string({ unit: characters, maxLength: 12 }), { minLength: 1, maxLength: 5 });

describe('a line of CSV', () => {
  it('holds nothing that a spreadsheet evaluates, whichever character it splits the line at', () => {
    fc.assert(fc.property(cells, (row) => {
      for (const begins of beginnings(csvLine(row))) expect(SIGNS).not.toContain(begins);
    }), { numRuns: 2_000 });
    expect(csvLine(['=1+1', 'a', '@SUM(A1)', '-1', '+49 151', '\t=1', ' =1'])).toBe('\'=1+1,a,\'@SUM(A1),\'-1,\'+49 151,"\'\t\'=1",\' =1\r\n');
    expect(csvLine(['Ticket 1;=HYPERLINK("http://x")', 'a,-b', 'one\n=2', 'x; ""=1'])).toBe('"Ticket 1;\'=HYPERLINK(""http://x"")","a,\'-b","one\n\'=2","x;\' """"=1"\r\n');
  });

  it('is read back as it was written, but for the quotes in front of formulas', () => {
    fc.assert(fc.property(cells, (row) => {
      const [read = []]: string[][] = parse(csvLine(row), { relax_column_count: true });
      // Quotes of the text itself are compared as well, once all of them are left out.
      const withoutQuotes = (texts: readonly string[]): readonly string[] => texts.map((text) => text.replaceAll("'", ''));
      expect(withoutQuotes(read)).toEqual(withoutQuotes(row));
    }), { numRuns: 1_000 });
    expect(parse(csvLine(['plain', '', null, 'a "b"', "O'Neill", 'a@b.example', '2026-03-31 14:05:09']))).toEqual([['plain', '', '', 'a "b"', "O'Neill", 'a@b.example', '2026-03-31 14:05:09']]);
  });

  it('is the same from the console', () => {
    fc.assert(fc.property(cells, (row) => { expect(ofConsole.csvLine(row)).toBe(csvLine(row)); }), { numRuns: 1_000 });
    expect(ofConsole.csvTime('2026-03-31T14:05:09.123Z')).toBe(csvTime('2026-03-31T14:05:09.123Z'));
  });

  it('takes as long as its text is, also where a text is made to hold it up', () => {
    const hostile = ` ${'"'.repeat(50_000)}${'; '.repeat(50_000)}${' '.repeat(100_000)}=`;
    const begun = performance.now();
    csvLine([hostile, hostile]);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('a time in CSV', () => {
  it('is a date and a time for a spreadsheet', () => {
    expect(csvTime('2026-03-31T14:05:09.123Z')).toBe('2026-03-31 14:05:09');
  });
});
