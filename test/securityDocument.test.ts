import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const top = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(top, file), 'utf8');

interface Line {
  readonly threat: string;
  readonly file: string;
  readonly test: string;
}

/** The lines of the threat model: what may happen, and the test that it does not. */
function linesOf(document: string): Line[] {
  return document
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:---|What may happen)/.test(line))
    .filter((line) => line.includes('test/'))
    .map((line) => {
      const cells = line.split(' | ');
      const [, file = '', test = ''] = /`(test\/[^`]+)` “([^”]+)”/.exec(cells.at(-1) ?? '') ?? [];
      return { threat: cells[0] ?? '', file, test };
    });
}

describe('SECURITY.md', () => {
  const lines = linesOf(read('SECURITY.md'));

  it('has many lines, each with its test', () => {
    expect(lines.length).toBeGreaterThan(25);
    expect(lines.filter(({ file, test }) => file === '' || test === '')).toEqual([]);
  });

  it('names tests that there are', () => {
    const missing = lines.filter(({ file, test }) => !existsSync(join(top, file)) || !read(file).replaceAll('\\\'', '\'').includes(test));
    expect(missing).toEqual([]);
  });

  it('has no line without a test in its tables', () => {
    const rows = read('SECURITY.md').split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:---|What may happen)/.test(line));
    expect(rows.filter((row) => !row.includes('`test/'))).toEqual([]);
  });
});
