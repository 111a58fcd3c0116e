import { CsvError, parse } from 'csv-parse/sync';
import type { UserKind, UserRole } from '../../domain/events';
import { normalizeKeapId } from '../../domain/keapId';
import { utcOf } from '../commandTypes';
import { type ChangeSource, type HistoryChange, isObject, LAST, lineOf, type NumberedChange, parseStrictJson } from './changes';
import { type ByteSource, HistoryProblem, strictLines } from './lines';

/** The files of other systems that an import reads. */
export const EXPORT_FORMATS = ['github', 'google', 'okta', 'keap'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The fields of a person that a column of an export may hold. */
export const COLUMN_FIELDS = ['keapId', 'name', 'firstName', 'lastName', 'at', 'status', 'role', 'kind'] as const;
export type ColumnField = (typeof COLUMN_FIELDS)[number];

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Keap ID of the app's owner. */
  readonly owner: string;
  /** Kind of people of whom the file does not say it. */
  readonly kind: UserKind;
  /** Columns of the file beside those that the format knows. */
  readonly columns: ReadonlyMap<string, ColumnField>;
  /** The file with the address of each login; null where the format needs none. */
  readonly logins: ByteSource | null;
}

/** What was read of an export. */
export interface ExportRead {
  readonly changes: readonly NumberedChange[];
  /** Rows and entries that say nothing about who is in the app, or say it again. */
  readonly ignored: number;
}

/**
 * Reads the whole export and returns its changes in order of time.
 * @throws HistoryProblem at the first row that cannot be taken as it is written.
 */
export async function readExport(bytes: ByteSource, options: ExportOptions): Promise<ExportRead> {
  const text = await textOf(bytes);
  const read = options.format === 'github' ? auditLog(text, options, await addressesOf(options)) : userList(text, options);
  return { ...read, changes: inOrderOfTime(read.changes) };
}

/** The changes of an export that was read. */
export const changesOfExport = ({ changes }: ExportRead): ChangeSource => ({
  survey: () => Promise.resolve({ total: changes.length, stepBack: null, sortedUpTo: LAST }),
  async *changes() {
    yield* changes;
    await Promise.resolve();
  },
});

/** Characters of an export. It is read as a whole, since its rows have to be sorted. */
const MAX_EXPORT = 100_000_000;

async function textOf(bytes: ByteSource): Promise<string> {
  const lines: string[] = [];
  let length = 0;
  for await (const { number, text } of strictLines(bytes, MAX_EXPORT)) {
    lines.push(text);
    length += text.length;
    if (length > MAX_EXPORT) throw new HistoryProblem(number, `the file has more than ${MAX_EXPORT.toLocaleString('en')} characters. Split it.`);
  }
  return lines.join('\n');
}

/** Rows without a time come last, by Keap ID, since they take the time of the import. Rows of the same time keep their order; a file with the latest row first is read backwards. */
function inOrderOfTime(changes: readonly NumberedChange[]): readonly NumberedChange[] {
  const [first, last] = [changes[0]?.change.at ?? '', changes.at(-1)?.change.at ?? ''];
  const rows = last !== '' && first > last ? [...changes].reverse() : [...changes];
  const placeOf = ({ change }: NumberedChange): string => change.at ?? `${LAST}${normalizeKeapId(change.keapId)}`;
  return rows.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : placeOf(a) > placeOf(b) ? 1 : 0));
}

const numbered = (line: number, change: HistoryChange): NumberedChange => ({ line, text: lineOf(change), change });

// User exports

/** Names of columns, in lower case and without spaces, underscores and what stands in brackets. */
const KNOWN_COLUMNS: Readonly<Record<Exclude<ExportFormat, 'github'>, Readonly<Record<string, ColumnField>>>> = {
  google: { emailaddress: 'keapId', firstname: 'firstName', lastname: 'lastName', status: 'status', creationtime: 'at' },
  okta: { email: 'keapId', firstname: 'firstName', lastname: 'lastName', status: 'status', created: 'at' },
  keap: { email: 'keapId', firstname: 'firstName', lastname: 'lastName', status: 'status', datecreated: 'at', role: 'role' },
};

const nameOfColumn = (column: string): string => column.replace(/\[[^\]]*\]/g, '').replace(/[\s_]/g, '').toLowerCase();

const PRESENT = ['active', 'recovery', 'locked out', 'locked_out', 'password expired', 'password_expired'];
const ABSENT = ['inactive', 'suspended', 'deprovisioned', 'staged', 'provisioned', 'archived', 'deleted', 'disabled', 'invited'];
const ROLE_OF: Readonly<Record<string, UserRole>> = { admin: 'ADMIN', administrator: 'ADMIN', 'super admin': 'ADMIN', owner: 'ADMIN', standard: 'STANDARD', user: 'STANDARD', member: 'STANDARD' };
const KIND_OF: Readonly<Record<string, UserKind>> = { user: 'USER', partner: 'PARTNER' };

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Reads a table of the people who have access now. Each one joined when they were created, or at the time of the import. */
function userList(text: string, { format, owner, kind, columns }: ExportOptions): ExportRead {
  const [header, ...rows] = rowsOf(text);
  if (!header) throw new HistoryProblem(1, 'the file is empty.');
  const fields = fieldsOf(header, format === 'github' ? {} : KNOWN_COLUMNS[format], columns);
  const changes: NumberedChange[] = [];
  const seen = new Map<string, { readonly line: number; readonly text: string }>();
  let ignored = 0;
  for (const { record, info: { lines: line } } of rows) {
    const valueOf = (field: ColumnField): string => record[fields.get(field) ?? -1]?.trim() ?? '';
    const keapId = valueOf('keapId');
    if (keapId === '') throw new HistoryProblem(line, 'the row has no Keap ID.');
    const rowText = JSON.stringify(record);
    const earlier = seen.get(normalizeKeapId(keapId));
    if (earlier && earlier.text !== rowText) throw new HistoryProblem(line, `${keapId} stands on line ${earlier.line} already, with other values.`);
    seen.set(normalizeKeapId(keapId), { line, text: rowText });
    const isOwner = normalizeKeapId(keapId) === normalizeKeapId(owner);
    const role = choiceOf(line, 'role', valueOf('role'), ROLE_OF, 'STANDARD');
    const change: HistoryChange = {
      at: timeOf(line, valueOf('at')), keapId, change: 'joined', role: isOwner ? 'ADMIN' : role,
      kind: isOwner ? null : choiceOf(line, 'kind', valueOf('kind'), KIND_OF, kind),
      name: valueOf('name') || [valueOf('firstName'), valueOf('lastName')].filter((part) => part !== '').join(' ') || null,
    };
    if (earlier || !isPresent(line, valueOf('status'))) ignored += 1;
    else changes.push(numbered(line, change));
  }
  return { changes, ignored };
}

function rowsOf(text: string): readonly Row[] {
  const [first = ''] = text.split('\n', 1);
  const delimiter = [',', ';', '\t'].find((one) => first.includes(one)) ?? ',';
  try {
    return parse(text, { delimiter, info: true, skip_empty_lines: true, skip_records_with_empty_values: true, relax_column_count: false }) as unknown as readonly Row[];
  } catch (error) {
    if (error instanceof CsvError) throw new HistoryProblem(typeof error['lines'] === 'number' ? error['lines'] : 1, `the row is not CSV: ${error.message}`);
    throw error;
  }
}

/** Returns the position of each field in a row. A column of `mapped` replaces those that are known by their name. */
function fieldsOf({ record }: Row, known: Readonly<Record<string, ColumnField>>, mapped: ReadonlyMap<string, ColumnField>): ReadonlyMap<ColumnField, number> {
  const fields = new Map<ColumnField, number>();
  const hold = (field: ColumnField, index: number): void => {
    const other = fields.get(field);
    if (other !== undefined) throw new HistoryProblem(1, `the columns ${other + 1} and ${index + 1} both hold the field ${field}. Remove or rename one of them.`);
    fields.set(field, index);
  };
  for (const [column, field] of mapped) {
    const found = record.flatMap((one, index) => (one.trim() === column ? [index] : []));
    if (found.length === 0) throw new HistoryProblem(1, `there is no column "${column}"; the columns are ${record.join(', ')}.`);
    for (const index of found) hold(field, index);
  }
  const named = new Set(mapped.values());
  record.forEach((column, index) => {
    const name = nameOfColumn(column);
    const field = Object.hasOwn(known, name) ? known[name] : undefined;
    if (field !== undefined && !named.has(field)) hold(field, index);
  });
  if (!fields.has('keapId')) throw new HistoryProblem(1, `no column holds the Keap ID; the columns are ${record.join(', ')}. Name it with --map "COLUMN=keapId".`);
  return fields;
}

/** Converts a time. Exports also write the offset without a colon. */
function timeOf(line: number, text: string): string | null {
  if (text === '') return null;
  const at = utcOf(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (at === undefined) throw new HistoryProblem(line, `"${text}" is not a time such as 2024-01-31T12:00:00Z.`);
  return at;
}

function isPresent(line: number, status: string): boolean {
  const plain = status.toLowerCase();
  if (plain === '' || PRESENT.includes(plain)) return true;
  if (ABSENT.includes(plain)) return false;
  throw new HistoryProblem(line, `the status "${status}" is unknown; known are ${[...PRESENT, ...ABSENT].join(', ')}.`);
}

function choiceOf<T extends string>(line: number, what: string, text: string, choices: Readonly<Record<string, T>>, otherwise: T): T {
  if (text === '') return otherwise;
  const found = Object.entries(choices).find(([word]) => word === text.toLowerCase())?.[1];
  if (found === undefined) throw new HistoryProblem(line, `the ${what} "${text}" is unknown; known are ${Object.keys(choices).join(', ')}.`);
  return found;
}

// The audit log of a GitHub organisation

const CHANGE_OF: Readonly<Record<string, HistoryChange['change']>> = { 'org.add_member': 'joined', 'org.remove_member': 'left', 'org.update_member': 'role' };

/** Reads who joined and left an organisation, and who became or ceased to be an owner of it. Other entries are ignored. */
function auditLog(text: string, { kind, owner }: ExportOptions, addresses: ReadonlyMap<string, string>): ExportRead {
  const entries = parseStrictJson(text, 1, 'the file is not a JSON array of audit log entries.');
  if (!Array.isArray(entries)) throw new HistoryProblem(1, 'the file is not a JSON array of audit log entries.');
  const lines = linesOfEntries(text);
  const seen = new Set<string>();
  const changes: NumberedChange[] = [];
  let ignored = 0;
  entries.forEach((entry: unknown, index) => {
    const line = lines[index] ?? 1;
    if (!isObject(entry)) throw new HistoryProblem(line, 'the entry is not a JSON object.');
    if (typeof entry['action'] !== 'string') throw new HistoryProblem(line, 'the entry has no "action".');
    const change = Object.hasOwn(CHANGE_OF, entry['action']) ? CHANGE_OF[entry['action']] : undefined;
    const entryText = JSON.stringify(entry);
    if (change === undefined || seen.has(entryText)) {
      ignored += 1;
      return;
    }
    seen.add(entryText);
    const { user, permission } = entry;
    if (typeof user !== 'string') throw new HistoryProblem(line, 'the entry has no "user".');
    const keapId = addresses.get(user.toLowerCase());
    if (keapId === undefined) throw new HistoryProblem(line, `the login "${user}" has no address in the file of --logins.`);
    if (change === 'role' && permission !== 'admin' && permission !== 'read') throw new HistoryProblem(line, `"permission" is ${JSON.stringify(permission)}; known are admin and read.`);
    const isOwner = normalizeKeapId(keapId) === normalizeKeapId(owner);
    const role = change === 'left' ? null : permission === 'admin' ? 'ADMIN' : 'STANDARD';
    changes.push(numbered(line, { at: momentOf(line, entry), keapId, change, role, kind: isOwner ? null : kind, name: null }));
  });
  return { changes, ignored };
}

/** The time of an entry: milliseconds since 1970, or text. */
function momentOf(line: number, entry: Readonly<Record<string, unknown>>): string {
  const value = entry['created_at'] ?? entry['@timestamp'];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 253_402_300_800_000) return new Date(value).toISOString();
  const at = typeof value === 'string' ? utcOf(value) : undefined;
  if (at === undefined) throw new HistoryProblem(line, `"created_at" is ${JSON.stringify(value)}, which is neither a number of milliseconds nor a time such as 2024-01-31T12:00:00Z.`);
  return at;
}

/** Returns the line on which each entry of a JSON array begins. */
function linesOfEntries(text: string): readonly number[] {
  const lines: number[] = [];
  let [line, depth] = [1, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]\n]|[^\s"{}[\],:]+/g)) {
    if (token === '\n') line += 1;
    else {
      if (token === '}' || token === ']') depth -= 1;
      else if (depth === 1) lines.push(line);
      if (token === '{' || token === '[') depth += 1;
    }
  }
  return lines;
}

/** Reads the table of logins: a CSV file with the columns `login` and `email`. */
async function addressesOf({ logins }: ExportOptions): Promise<ReadonlyMap<string, string>> {
  if (logins === null) return new Map();
  const [header, ...rows] = rowsOf(await textOf(logins));
  const [login, email] = ['login', 'email'].map((name) => header?.record.findIndex((column) => nameOfColumn(column) === name) ?? -1);
  if (login === undefined || email === undefined || login < 0 || email < 0) throw new HistoryProblem(1, 'the file of --logins has no columns "login" and "email".');
  const addresses = new Map<string, string>();
  for (const { record, info: { lines: line } } of rows) {
    const [name, address] = [(record[login] ?? '').trim(), (record[email] ?? '').trim()];
    const earlier = addresses.get(name.toLowerCase());
    if (earlier !== undefined && normalizeKeapId(earlier) !== normalizeKeapId(address)) {
      throw new HistoryProblem(line, `the file of --logins gives the login "${name}" two addresses, ${earlier} and ${address}.`);
    }
    addresses.set(name.toLowerCase(), address);
  }
  return addresses;
}
