import type { UserRole } from '../domain/events';

/** One change of a recorded history: somebody joined as a partner, left, or got another role. */
export interface HistoryChange {
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly keapId: string;
  readonly change: 'joined' | 'left' | 'role';
  /** null for `left`. */
  readonly role: UserRole | null;
}

/** A line that cannot be taken in; nothing after it was. */
export class HistoryProblem extends Error {
  override readonly name = 'HistoryProblem';

  constructor(
    readonly line: number,
    readonly reason: string,
  ) {
    super(`Line ${line}: ${reason}`);
  }
}

const MAX_LINE = 10_000;
const FIELDS = ['at', 'keapId', 'change', 'role'];
const CHANGES = ['joined', 'left', 'role'] as const;
const ROLES = ['ADMIN', 'STANDARD'] as const;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads one line: `{"at": time, "keapId", "change": "joined"|"left"|"role", "role": "ADMIN"|"STANDARD"}`, `role` not for `left`.
 * @throws HistoryProblem with the line's number and what is wrong with it.
 */
export function parseHistoryLine(text: string, line: number): HistoryChange {
  const wrong = (reason: string): HistoryProblem => new HistoryProblem(line, reason);
  if (text.length > MAX_LINE) throw wrong(`it has ${text.length} characters; a change has at most ${MAX_LINE}.`);
  const fields = parseObject(text);
  if (!fields) throw wrong('it is not a JSON object, such as {"at":"2024-01-31T12:00:00Z","keapId":"coach@example.com","change":"joined","role":"STANDARD"}.');
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw wrong(`the field "${unknown}" is unknown; allowed are ${FIELDS.join(', ')}.`);
  const { at, keapId } = fields;
  if (typeof at !== 'string' || !RFC_3339.test(at) || Number.isNaN(Date.parse(at))) throw wrong('"at" is not a time such as 2024-01-31T12:00:00Z.');
  if (typeof keapId !== 'string') throw wrong('"keapId" is not a text.');
  const change = CHANGES.find((one) => one === fields['change']);
  if (!change) throw wrong(`the change ${JSON.stringify(fields['change'])} is unknown; allowed are ${CHANGES.join(', ')}.`);
  const role = ROLES.find((one) => one === fields['role']) ?? null;
  if (change === 'left' && 'role' in fields) throw wrong('"role" does not belong to a change "left".');
  if (change !== 'left' && role === null) throw wrong(`"role" is ${JSON.stringify(fields['role'])}; allowed are ${ROLES.join(', ')}.`);
  return { at: new Date(at).toISOString(), keapId, change, role };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
