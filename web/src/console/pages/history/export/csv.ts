/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** A cell that no spreadsheet evaluates, quoted where it has to be. */
function cellOf(text: string): string {
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** With it, spreadsheets read the file as UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** A line of a CSV file (RFC 4180). */
export const csvLine = (cells: readonly (string | null | undefined)[]): string => `${cells.map((cell) => cellOf(cell ?? '')).join(',')}\r\n`;

/** A time as spreadsheets take it for one. */
export const csvTime = (time: string): string => time.replace('T', ' ').replace(/\.\d+Z$/, '');
