import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;
const POSITION = /^[0-9A-Za-z:-]{1,64}$/;

const invalid = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** The same moment in UTC with milliseconds; finer digits are cut off. Undefined for what is no RFC 3339 time of the years 0000 to 9999. */
function toUtc(raw: string): string | undefined {
  const [, date, time, fraction = '', offset = ''] = RFC_3339.exec(raw) ?? [];
  if (date === undefined || time === undefined) return undefined;
  const local = `${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  // A date such as 30 February is taken as another day; then it does not come back as it went in.
  const asUtc = new Date(`${local}Z`);
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== `${local}Z`) return undefined;
  const moment = new Date(`${local}${offset.toUpperCase()}`);
  if (Number.isNaN(moment.getTime())) return undefined;
  const utc = moment.toISOString();
  return utc.length === 24 ? utc : undefined;
}

function parseTime(raw: unknown): string {
  const utc = typeof raw === 'string' ? toUtc(raw) : undefined;
  if (utc === undefined) throw invalid('A time is written as in RFC 3339, for example 2026-01-31T09:30:00Z or 2026-01-31T10:30:00.250+01:00.');
  return utc;
}

function parsePosition(raw: unknown): string {
  if (typeof raw === 'string' && POSITION.test(raw)) return raw;
  throw invalid('A position is a text that this service gave as one: 1 to 64 letters, digits, ":" and "-".');
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} is kept as text, not as ${typeof value}.`);
}

/** A moment: in, RFC 3339 with any offset; out and inside, ISO 8601 in UTC with milliseconds. */
export const DateTimeISO = new GraphQLScalarType<string, string>({
  name: 'DateTimeISO',
  description: 'A moment in time as in RFC 3339, for example 2026-01-31T09:30:00.000Z. Answers are in UTC with milliseconds; inputs may have any offset.',
  serialize: (value) => textOf('DateTimeISO', value),
  parseValue: parseTime,
  parseLiteral: (node) => parseTime(node.kind === Kind.STRING ? node.value : undefined),
});

/** A place in the event log; a plain string everywhere. */
export const LogPosition = new GraphQLScalarType<string, string>({
  name: 'LogPosition',
  description: 'A place in the log of everything that happened. Later places compare as greater strings; the same place has the same string on every replica.',
  serialize: (value) => textOf('LogPosition', value),
  parseValue: parsePosition,
  parseLiteral: (node) => parsePosition(node.kind === Kind.STRING ? node.value : undefined),
});
