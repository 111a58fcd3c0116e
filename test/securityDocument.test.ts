import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const top = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(top, file), 'utf8');

interface Row {
  readonly threat: string;
  readonly file: string;
  readonly test: string;
}

/** The rows of the threat model: each threat with the test that covers it. */
function rowsOf(document: string): Row[] {
  return document
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:---|Threat)/.test(line))
    .filter((line) => line.includes('test/'))
    .map((line) => {
      const cells = line.split(' | ');
      const [, file = '', test = ''] = /`(test\/[^`]+)` “([^”]+)”/.exec(cells.at(-1) ?? '') ?? [];
      return { threat: cells[0] ?? '', file, test };
    });
}

describe('SECURITY.md', () => {
  const rows = rowsOf(read('SECURITY.md'));

  it('has more than 25 rows, each with its test', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter(({ file, test }) => file === '' || test === '')).toEqual([]);
  });

  it('names only tests that exist', () => {
    const missing = rows.filter(({ file, test }) => !existsSync(join(top, file)) || !read(file).replaceAll('\\\'', '\'').includes(test));
    expect(missing).toEqual([]);
  });

  it('has no row without a test', () => {
    const lines = read('SECURITY.md').split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:---|Threat)/.test(line));
    expect(lines.filter((line) => !line.includes('`test/'))).toEqual([]);
  });
});
