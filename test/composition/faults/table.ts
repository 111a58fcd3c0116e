import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether rows that take long, such as those that need a process or a start each, are compared with the document, too. */
export const SOAK = process.env['SOAK'] !== undefined || process.env['UPDATE_DOCS'] === '1';

const DOCUMENT = join(__dirname, '../../../docs/operations.md');
const UPDATE_COMMAND = 'UPDATE_DOCS=1 npx jest -i test/composition/faults';

export const rowOf = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const keyOf = (row: string): string => row.split(' | ').slice(0, 2).join(' | ');

/** Compares rows with those of a table in docs/operations.md, by their first two cells, or writes all of them there. @throws Error that names the rows that differ. */
export function checkTable(name: string, head: readonly string[], rows: readonly string[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [`<!-- ${name}: written by ${UPDATE_COMMAND} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (!text.includes(begin) || to < from) throw new Error(`docs/operations.md has no table between "${begin}" and "${end}".`);
  if (process.env['UPDATE_DOCS'] === '1') {
    const table = [rowOf(...head), `|${'---|'.repeat(head.length)}`, ...rows].join('\n');
    writeFileSync(DOCUMENT, `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`);
    return;
  }
  const known = new Map(text.slice(from, to).split('\n').filter((line) => line.startsWith('| ')).map((row) => [keyOf(row), row]));
  const outdated = rows.filter((row) => known.get(keyOf(row)) !== row);
  if (outdated.length > 0) throw new Error(`docs/operations.md is outdated. Run: ${UPDATE_COMMAND}\n${outdated.join('\n')}`);
}
