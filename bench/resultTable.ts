/** Some results that belong together. Times are in ms unless the column says otherwise. */
export interface ResultTable {
  readonly title: string;
  /** what the numbers of a row are, from left to right. */
  readonly columns: readonly string[];
  readonly rows: readonly ResultRow[];
}

export interface ResultRow {
  readonly name: string;
  /** one for each column; null where there is nothing to say. */
  readonly values: readonly (number | null)[];
}

/** The table as Markdown, which is also fit to be read as it is. */
export function markdownOf({ title, columns, rows }: ResultTable): string {
  const cells = [['', ...columns], ...rows.map(({ name, values }) => [name, ...values.map(format)])];
  const widths = cells[0]?.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head = [], ...body] = cells.map(line);
  return [`### ${title}`, '', head, rule, ...body, ''].join('\n');
}

/** Three digits or more, as many as mean something. */
function format(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-';
  if (value >= 1000) return Math.round(Number(value.toPrecision(3))).toLocaleString('en');
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}
