/** What begins a cell that a spreadsheet evaluates, in ASCII and in full width. */
const FORMULA_SIGNS = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20';

/**
 * Matches where a cell might begin with a formula, wherever a spreadsheet splits the line: at the beginning, after a separator of any kind or a line break, also when white space or
 * quotes come in between. The service writes its tables by the same rule.
 */
const FORMULA = new RegExp(`(^|[,;|\\t\\r\\n\\u2028\\u2029])(?=(?:[^\\S\\t\\r\\n\\u2028\\u2029]|["'\\u200b])*[${FORMULA_SIGNS}])`, 'g');

/** What some spreadsheets leave out at the beginning of a cell, before they look at it. */
const LEFT_OUT = /^[\t\r\n]/;

/** A cell that no spreadsheet evaluates, quoted where it has to be. */
function cellOf(text: string): string {
  const inert = text.replace(FORMULA, "$1'").replace(LEFT_OUT, "'$&");
  return /[",;|\t\r\n\u2028\u2029]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** With it, spreadsheets read the file as UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** A line of a CSV file (RFC 4180). */
export const csvLine = (cells: readonly (string | null | undefined)[]): string => `${cells.map((cell) => cellOf(cell ?? '')).join(',')}\r\n`;

/** A time as spreadsheets take it for one. */
export const csvTime = (time: string): string => time.replace('T', ' ').replace(/\.\d+Z$/, '');
