import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ProjectionBehind } from '../application/projectionBehind';
import { StoreUnavailable } from '../eventstore/eventStore';

/** The codes that a GraphQL error may carry to the outside. */
export const PUBLIC_CODES = [
  'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN',
  'PROJECTION_BEHIND', 'STORE_UNAVAILABLE', 'SIGN_IN_UNAVAILABLE', 'TOO_MANY_REQUESTS', 'PERSISTED_QUERY_NOT_FOUND', 'SUBSCRIBER_TOO_SLOW', 'INTERNAL_SERVER_ERROR',
] as const;

export type PublicCode = (typeof PUBLIC_CODES)[number];

/** The HTTP statuses that codes stand for, the one that decides first; other codes leave the status as it is. */
const STATUS_BY_CODE: readonly (readonly [PublicCode, number])[] = [
  ['UNAUTHENTICATED', 401],
  ['INTERNAL_SERVER_ERROR', 500],
  ['STORE_UNAVAILABLE', 503],
  ['PROJECTION_BEHIND', 503],
  ['SIGN_IN_UNAVAILABLE', 503],
  ['TOO_MANY_REQUESTS', 429],
];

/** What Apollo Server calls otherwise than this service does. */
const CODE_OF_APOLLO: Readonly<Record<string, PublicCode>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
};

const MAX_MESSAGE = 1_000;
/** What graphql-js adds to a name that it does not know: names of the schema that are like it. */
const SUGGESTION = / Did you mean .+\?$/s;

/** Facts beside the code that a client may see. */
const PUBLIC_FACTS = ['field', 'limit', 'position', 'retryAfterSeconds'] as const;

/** Whether the error is one that clients expect; any other is a fault of the server. */
export const isFault = (code: PublicCode): boolean => code === 'INTERNAL_SERVER_ERROR';

/** The status that the codes of an answer call for; undefined where none does. */
export function statusOfCodes(codes: readonly string[]): number | undefined {
  return STATUS_BY_CODE.find(([code]) => codes.includes(code))?.[1];
}

/** The error that was thrown, below what GraphQL wrapped around it. */
export function thrownError(error: unknown): unknown {
  let thrown = error;
  while (thrown instanceof GraphQLError && thrown.originalError !== undefined) thrown = thrown.originalError;
  return thrown;
}

/** The code under which the outside sees an error. */
export function publicCodeOf(error: unknown): PublicCode {
  const thrown = thrownError(error);
  if (thrown instanceof StoreUnavailable) return 'STORE_UNAVAILABLE';
  if (thrown instanceof ProjectionBehind) return 'PROJECTION_BEHIND';
  const code = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  if (typeof code !== 'string') return error instanceof GraphQLError && isEndOfVariableErrors(error) ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR';
  return CODE_OF_APOLLO[code] ?? PUBLIC_CODES.find((known) => known === code) ?? 'INTERNAL_SERVER_ERROR';
}

/** With it graphql-js ends the list of what is wrong with the variables. It has no code, for it is about none of them. */
const isEndOfVariableErrors = ({ message, originalError }: GraphQLError): boolean =>
  originalError === undefined && message.startsWith('Too many errors processing variables');

/**
 * The error as a client sees it: one of the public codes, a message without anything internal, never a stack. A fault gets a
 * text that names the correlation id, under which the log tells the rest.
 * @param suggests whether messages may name what the schema has instead of an unknown name.
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
  if (thrown instanceof StoreUnavailable) return 'The event store cannot be reached now. Send the same request again.';
  if (thrown instanceof ProjectionBehind) return 'The read models have not seen enough of the log yet. Send the same request again.';
  const message = shown?.message ?? '';
  return bounded(suggests ? message : message.replace(SUGGESTION, ''));
}

/** graphql-js repeats what it was sent, however long that is. */
const bounded = (message: string): string => (message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message);

function publicFactsOf(error: GraphQLError | undefined): Record<string, string | number> {
  const facts: Record<string, string | number> = {};
  for (const name of PUBLIC_FACTS) {
    const value = error?.extensions[name];
    if (typeof value === 'string' || typeof value === 'number') facts[name] = value;
  }
  return facts;
}
