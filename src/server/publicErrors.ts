import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { ProjectionBehind, ProjectionFilling, ReadNotRecorded } from '../application/errors';
import { TooManyLooks } from '../projections/past/rows';
import { type StoreProblemKind, StoreUnavailable } from '../eventstore/eventStore';

/** The codes of GraphQL errors that clients may see. */
export const PUBLIC_CODES = [
  'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN',
  'PROJECTION_BEHIND', 'STORE_UNAVAILABLE', 'SIGN_IN_UNAVAILABLE', 'OVERLOADED', 'TOO_MANY_REQUESTS', 'PERSISTED_QUERY_NOT_FOUND', 'SUBSCRIBER_TOO_SLOW', 'INTERNAL_SERVER_ERROR',
] as const;

export type PublicCode = (typeof PUBLIC_CODES)[number];

/** HTTP statuses by code. The first code of this list that an answer has decides; other codes leave the status as it is. */
const STATUS_BY_CODE: readonly (readonly [PublicCode, number])[] = [
  ['UNAUTHENTICATED', 401],
  ['INTERNAL_SERVER_ERROR', 500],
  ['STORE_UNAVAILABLE', 503],
  ['PROJECTION_BEHIND', 503],
  ['SIGN_IN_UNAVAILABLE', 503],
  ['OVERLOADED', 503],
  ['TOO_MANY_REQUESTS', 429],
];

/** The codes of Apollo Server that have another name here. */
const CODE_OF_APOLLO: Readonly<Record<string, PublicCode>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
};

const READ_NOT_RECORDED = 'What an auditor reads is recorded first, and the event store cannot be reached now. Send the same request again when it is back.';
const STORE_AWAY = 'The event store cannot be reached now. Send the same request again.';

/** What clients read about a store that cannot be used. Details are for operators, in `/health/ready` and the log. */
const STORE_PROBLEMS: Readonly<Record<StoreProblemKind, string>> = {
  DISK_FULL: 'The disk of the event store is full, so nothing was written. Send the same request again when there is space.',
  READ_ONLY: 'The disk of the event store is read-only, so nothing was written. Send the same request again when it can be written.',
  DISK_FAILED: 'The disk of the event store cannot be written. Send the same request again.',
  TOO_MANY_FILES: 'The server has too many files open, so nothing was written. Send the same request again in a moment.',
  FILE_LOST: 'A file of the event store was deleted or changed while the service was running. Nothing is written until an operator has restored it.',
  FILE_DAMAGED: 'A file of the event store is damaged. An operator has to restore it.',
  LOCKED: 'Another program has locked the files of the event store. Send the same request again.',
  LOG_CONTRADICTED: 'The event log contradicts its signed checkpoints. Nothing is written until an operator has checked it.',
  ACCESS_DENIED: 'The event store refuses this service. An operator has to correct its settings.',
};

/** How graphql-js ends a list of rejected variables that is too long. */
const TOO_MANY_VARIABLE_ERRORS = 'Too many errors processing variables';
/** How graphql-js begins when the value of a variable does not fit the argument of a field or directive. */
const ARGUMENT_MISTAKE = /^Argument "\w+" /;

const MAX_MESSAGE = 1_000;
/** The suggestion of similar names that graphql-js appends to an unknown name. */
const SUGGESTION = / Did you mean .+\?$/s;

/** The extensions of an error, besides its code, that clients may see. */
const PUBLIC_FACTS = ['field', 'limit', 'position', 'retryAfterSeconds'] as const;

/** Whether an error with this code is a fault of the server. */
export const isFault = (code: PublicCode): boolean => code === 'INTERNAL_SERVER_ERROR';

/** Returns the HTTP status for the codes of an answer; undefined when none of them sets one. */
export function statusOfCodes(codes: readonly string[]): number | undefined {
  return STATUS_BY_CODE.find(([code]) => codes.includes(code))?.[1];
}

/** The `Retry-After` header, in seconds, where nothing more precise is known. */
export const RETRY_AFTER_SECONDS = '5';

/** Whether answers with this HTTP status carry `Retry-After`. */
export const isRetryStatus = (status: number | undefined): boolean => status === 429 || status === 503;

/** Returns the error that was thrown, without the errors that graphql-js wrapped around it. */
export function thrownError(error: unknown): unknown {
  let thrown = error;
  while (thrown instanceof GraphQLError && thrown.originalError !== undefined) thrown = thrown.originalError;
  return thrown;
}

/** Returns the code that clients see for an error. */
export function publicCodeOf(error: unknown): PublicCode {
  const thrown = thrownError(error);
  if (thrown instanceof StoreUnavailable) return 'STORE_UNAVAILABLE';
  if (thrown instanceof ProjectionBehind) return 'PROJECTION_BEHIND';
  if (thrown instanceof TooManyLooks) return 'OVERLOADED';
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  if (typeof code !== 'string') return isInputMistake(error) ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
  return CODE_OF_APOLLO[code] ?? PUBLIC_CODES.find((known) => known === code) ?? 'INTERNAL_SERVER_ERROR';
}

/**
 * Whether graphql-js itself rejected a variable or an argument during execution, at any depth. These errors carry no code. They are told from the
 * faults of resolvers by the syntax node that they point to, or by having neither node nor cause.
 */
export function isInputMistake(error: unknown): boolean {
  for (let one = error; one instanceof GraphQLError; one = one.originalError) {
    if (one.extensions['code'] !== undefined) return false;
    if (one.nodes?.length === 1 && one.nodes[0]?.kind === Kind.VARIABLE_DEFINITION) return true;
    if (one.originalError !== undefined) continue;
    return one.nodes === undefined ? one.message.startsWith(TOO_MANY_VARIABLE_ERRORS) : ARGUMENT_MISTAKE.test(one.message);
  }
  return false;
}

/**
 * Returns the error as clients see it: a public code and a message without internals or a stack. The message of a fault names the correlation id,
 * by which the log entry with the details is found.
 * @param suggests whether messages may suggest names of the schema that are similar to an unknown one.
 */
export function publicErrorOf(error: unknown, correlationId: string | undefined, suggests: boolean): GraphQLFormattedError {
  const code = publicCodeOf(error);
  const shown = error instanceof GraphQLError ? error : undefined;
  return {
    message: messageOf(code, error, correlationId, suggests),
    ...(shown?.locations === undefined ? {} : { locations: shown.locations }),
    ...(shown?.path === undefined ? {} : { path: shown.path }),
    extensions: isFault(code) ? { code } : { ...publicFactsOf(shown), code },
  };
}

function messageOf(code: PublicCode, error: unknown, correlationId: string | undefined, suggests: boolean): string {
  const shown = error instanceof GraphQLError ? error : undefined;
  if (isFault(code)) return `Something went wrong on the server. Correlation id ${correlationId ?? 'in the header x-correlation-id'}.`;
  if (shown?.extensions['validationErrorCode'] === 'INTROSPECTION_DISABLED') {
    return 'Introspection is switched off on this server. Use the schema file instead.';
  }
  const thrown = thrownError(error);
  if (thrown instanceof ReadNotRecorded) return READ_NOT_RECORDED;
  if (thrown instanceof StoreUnavailable) return thrown.problem === null ? STORE_AWAY : STORE_PROBLEMS[thrown.problem.what];
  if (thrown instanceof ProjectionFilling) return thrown.message;
  if (thrown instanceof ProjectionBehind) return 'The read models have not seen enough of the log yet. Send the same request again.';
  const message = shown?.message ?? '';
  return bounded(suggests ? message : message.replace(SUGGESTION, ''));
}

/** Cuts a message after 1,000 characters. graphql-js quotes its input, whatever its length. */
const bounded = (message: string): string => (message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message);

function publicFactsOf(error: GraphQLError | undefined): Record<string, string | number> {
  const facts: Record<string, string | number> = {};
  for (const name of PUBLIC_FACTS) {
    const value = error?.extensions[name];
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value;
  }
  return facts;
}

/** An error whose JSON is what clients see, for libraries that serialise errors themselves. */
export class PublicGraphqlError extends GraphQLError {
  constructor(private readonly shown: GraphQLFormattedError) {
    super(shown.message, { extensions: shown.extensions ?? {} });
  }

  override toJSON(): GraphQLFormattedError {
    return this.shown;
  }
}
