/** What begins a cell that a spreadsheet evaluates, in ASCII and in full width. */
const FORMULA_SIGNS = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20';

/** What a spreadsheet that splits the line elsewhere takes for the beginning of a cell: the beginning of the text, a separator of any kind, and a line break. */
const CELL_BEGINS = '^|[,;|\\t\\r\\n\\u2028\\u2029]';

/** What a spreadsheet may skip at the beginning of a cell: white space that separates nothing, and quotes. */
const SKIPPED = '(?:[^\\S\\t\\r\\n\\u2028\\u2029]|["\'\\u200b])*';

/** Matches where a cell might begin with a formula. */
const FORMULA = new RegExp(`(${CELL_BEGINS})(?=${SKIPPED}[${FORMULA_SIGNS}])`, 'g');

/** Matches what some spreadsheets leave out at the beginning of a cell, before they look at it. */
const LEFT_OUT = /^[\t\r\n]/;

/** Matches texts that have to be looked at more closely. Any other one is a cell as it is. */
const UNUSUAL = new RegExp(`^[\\s"'\\u200b${FORMULA_SIGNS}]|[",;|\\t\\r\\n\\u2028\\u2029]`);

const NEEDS_QUOTES = /[",;|\t\r\n\u2028\u2029]/;

/** With it, spreadsheets read a file as UTF-8. It is the first character of a file. */
export const BYTE_ORDER_MARK = '\ufeff';

/** Media type of CSV files. */
export const CSV_TYPE = 'text/csv; charset=utf-8';

/**
 * Formats a line of CSV (RFC 4180), with its end. No spreadsheet evaluates any part of it, whether it splits the line at commas or, as in many
 * countries, at semicolons: a quote stands in front of whatever would be a formula then.
 */
export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(cellOf).join(',')}\r\n`;

function cellOf(text: string | null): string {
  if (text === null || !UNUSUAL.test(text)) return text ?? '';
  const inert = text.replace(FORMULA, "$1'").replace(LEFT_OUT, "'$&");
  return NEEDS_QUOTES.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/**
 * Formats a time in ISO 8601, UTC, as `2026-03-31 14:05:09`: the one format that Excel, LibreOffice Calc and Google Sheets take for a date and time in every
 * language. Milliseconds are left out, since their separator is another one in each language.
 */
export const csvTime = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)}`;
