import { parse } from 'csv-parse/sync';
import { type SubjectChange, SubjectMapProblem } from '../application/people/rebinding';

const MAX_SUBJECT = 1_000;
const OLD_NAMES = ['old', 'from', 'oldsub', 'fromsub', 'oldsubject'];
const NEW_NAMES = ['new', 'to', 'newsub', 'tosub', 'newsubject'];

/**
 * Reads a map from old to new subjects: CSV with the columns `old` and `new`, or one JSON object per line with these fields. A byte order
 * mark, CRLF and blank lines are allowed.
 * @throws SubjectMapProblem with the number of the first line that cannot be read. @throws Error when the text is not UTF-8 or empty.
 */
export function parseSubjectMap(bytes: Buffer): readonly SubjectChange[] {
  const text = utf8In(bytes);
  const changes = /^\s*\{/.test(text) ? linesOfJson(text) : rowsOfCsv(text);
  if (changes.length === 0) throw new Error('The map holds no subjects.');
  return changes;
}

function utf8In(bytes: Buffer): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) throw new Error('The map is encoded in UTF-16. Save it as UTF-8.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('The map is not valid UTF-8. Save it as UTF-8.');
  }
}

function linesOfJson(text: string): readonly SubjectChange[] {
  return text.split(/\r?\n/).flatMap((line, index) => (line.trim() === '' ? [] : [changeIn(fieldsOf(line, index + 1), index + 1)]));
}

function fieldsOf(line: string, number: number): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SubjectMapProblem(number, 'it is not a JSON object such as {"old":"auth0|1","new":"okta|1"}.');
  return new Map(Object.entries(value));
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function rowsOfCsv(text: string): readonly SubjectChange[] {
  let rows: readonly Row[];
  try {
    rows = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as readonly Row[];
  } catch (error) {
    throw new Error(`The map is not valid CSV: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
  const [first] = rows;
  const header = first?.record ?? [];
  const isHeader = header.some((name) => isOneOf(OLD_NAMES, name) || isOneOf(NEW_NAMES, name));
  const names = isHeader ? header : ['old', 'new'];
  if (isHeader && !(names.some((name) => isOneOf(OLD_NAMES, name)) && names.some((name) => isOneOf(NEW_NAMES, name)))) {
    throw new SubjectMapProblem(first?.info.lines ?? 1, 'the columns must be named old and new.');
  }
  return rows.slice(isHeader ? 1 : 0).map(({ record, info: { lines } }) => {
    if (record.length !== names.length) throw new SubjectMapProblem(lines, `it has ${record.length} columns instead of ${names.length}.`);
    return changeIn(new Map(names.map((name, index) => [name, record[index]])), lines);
  });
}

const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name.toLowerCase().replace(/[^a-z]/g, ''));

function changeIn(fields: ReadonlyMap<string, unknown>, line: number): SubjectChange {
  const valueOf = (what: 'old' | 'new', names: readonly string[]): string => {
    const values = [...fields].filter(([name]) => isOneOf(names, name)).map(([, value]) => value);
    const [value] = values;
    if (values.length !== 1) throw new SubjectMapProblem(line, `it must have one field "${what}".`);
    if (typeof value !== 'string' || value === '' || value.length > MAX_SUBJECT) throw new SubjectMapProblem(line, `the ${what} subject must be a text of 1 to ${MAX_SUBJECT} characters.`);
    if (value !== value.trim() || /\p{Cc}/u.test(value)) throw new SubjectMapProblem(line, `the ${what} subject ${JSON.stringify(value)} has white space around it or a control character in it.`);
    return value;
  };
  return { line, from: valueOf('old', OLD_NAMES), to: valueOf('new', NEW_NAMES) };
}
