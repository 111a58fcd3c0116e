import type { UserKind, UserRole } from '../../domain/events';
import { utcOf } from '../commandTypes';
import { type ByteSource, HistoryProblem, rawLines, strictLines } from './lines';

const CHANGES = ['joined', 'left', 'role'] as const;
const ROLES = ['ADMIN', 'STANDARD'] as const satisfies readonly UserRole[];
export const KINDS = ['PARTNER', 'USER'] as const satisfies readonly UserKind[];

/** One change of an imported history: a person joined, left or got another role. */
export interface HistoryChange {
  /** Time of the change in ISO 8601, UTC, with milliseconds; null for the time of the import, in exports that tell no time. */
  readonly at: string | null;
  readonly keapId: string;
  readonly change: (typeof CHANGES)[number];
  /** The new role; null for `left`. */
  readonly role: UserRole | null;
  /** Null when the line does not say it. */
  readonly kind: UserKind | null;
  /** Name of the person, where an export has it. */
  readonly name: string | null;
}

/** A change, and the line that says it. */
export interface NumberedChange {
  readonly line: number;
  readonly text: string;
  readonly change: HistoryChange;
}

/** A line whose time is before that of a line above. */
interface StepBack {
  readonly line: number;
  readonly at: string;
  /** The time of the line above. */
  readonly above: string;
}

/** What the first look at a file tells. */
export interface Survey {
  /** Number of changes, for the progress. */
  readonly total: number;
  /** The first line that goes back; null when the lines are in order of time. */
  readonly stepBack: StepBack | null;
  /** The earliest time of a line that goes back. A line with a later time must not be imported: in the sorted file it stands below that line. */
  readonly sortedUpTo: string;
}

/** The changes of a file, in order of time. */
export interface ChangeSource {
  survey(): Promise<Survey>;
  /** Returns the changes, from the first one, at each call. @throws HistoryProblem at the first line that cannot be taken as it is written. */
  changes(): AsyncIterable<NumberedChange>;
}

/** A file with one JSON object a line: `{"at": time, "keapId", "change": "joined"|"left"|"role", "role": "ADMIN"|"STANDARD", "kind"?: "PARTNER"|"USER"}`. `left` has no `role`. */
export const changesOfLines = (bytes: ByteSource): ChangeSource => ({
  survey: () => surveyOf(bytes),
  async *changes() {
    for await (const { number, text } of strictLines(bytes)) {
      if (text.trim() !== '') yield { line: number, text, change: parseChange(text, number) };
    }
  },
});

/** Surveys a file whatever its lines hold. A line that is too long ends the survey. */
async function surveyOf(bytes: ByteSource): Promise<Survey> {
  let [line, total, latest, sortedUpTo] = [0, 0, '', LAST];
  let stepBack: StepBack | null = null;
  try {
    for await (const raw of rawLines(bytes)) {
      const text = raw.toString('latin1');
      line += 1;
      if (text.trim() !== '') total += 1;
      const at = utcOf(/"at"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '');
      if (at === undefined) continue;
      if (at < latest) {
        stepBack ??= { line, at, above: latest };
        if (at < sortedUpTo) sortedUpTo = at;
      } else latest = at;
    }
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
  }
  return { total, stepBack, sortedUpTo };
}

/** After every time. */
export const LAST = '~';

/** The line of a change in the project's own format. */
export const lineOf = ({ at, keapId, change, role, kind }: Omit<HistoryChange, 'name'>): string =>
  JSON.stringify({ ...(at === null ? {} : { at }), keapId, change, ...(role === null ? {} : { role }), ...(kind === null ? {} : { kind }) });

const FIELDS = ['at', 'keapId', 'change', 'role', 'kind'];

function parseChange(text: string, line: number): HistoryChange {
  const wrong = (reason: string): HistoryProblem => new HistoryProblem(line, reason);
  const value = parseStrictJson(text, line);
  if (!isObject(value)) throw wrong(NO_OBJECT);
  const unknown = Object.keys(value).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw wrong(`the field "${unknown}" is unknown; allowed are ${FIELDS.join(', ')}.`);
  const at = typeof value['at'] === 'string' ? utcOf(value['at']) : undefined;
  if (at === undefined) throw wrong(`"at" is ${JSON.stringify(value['at'])}, which is not a time such as 2024-01-31T12:00:00Z.`);
  const { keapId } = value;
  if (typeof keapId !== 'string') throw wrong('"keapId" is not a string.');
  const change = CHANGES.find((one) => one === value['change']);
  if (!change) throw wrong(`the change ${JSON.stringify(value['change'])} is unknown; allowed are ${CHANGES.join(', ')}.`);
  const role = ROLES.find((one) => one === value['role']) ?? null;
  if (change === 'left' && 'role' in value) throw wrong('"role" is not allowed with the change "left".');
  if (change !== 'left' && role === null) throw wrong(`"role" is ${JSON.stringify(value['role'])}; allowed are ${ROLES.join(', ')}.`);
  const kind = KINDS.find((one) => one === value['kind']) ?? null;
  if ('kind' in value && kind === null) throw wrong(`"kind" is ${JSON.stringify(value['kind'])}; allowed are ${KINDS.join(', ')}.`);
  return { at, keapId, change, role, kind, name: null };
}

const NO_OBJECT = 'the line is not a JSON object such as {"at":"2024-01-31T12:00:00Z","keapId":"coach@example.com","change":"joined","role":"STANDARD"}.';

/** Whether a JSON value is an object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses JSON in which no object names a field twice, since readers differ in which of the two they take.
 * @param otherwise why other text is refused.
 * @throws HistoryProblem with `line`.
 */
export function parseStrictJson(text: string, line: number, otherwise = NO_OBJECT): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HistoryProblem(line, otherwise);
  }
  const repeated = repeatedField(text);
  if (repeated !== null) throw new HistoryProblem(line, `the field "${repeated}" stands twice.`);
  return value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** Returns a field that an object of the JSON text names twice; null when there is none. */
function repeatedField(text: string): string | null {
  const objects: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') objects.push(new Set());
    else if (token === '}' || token === ']') objects.pop();
    else if (token !== ':') last = token;
    else {
      const field = JSON.parse(last) as string;
      if (objects.at(-1)?.has(field)) return field;
      objects.at(-1)?.add(field);
    }
  }
  return null;
}
