import { ErrorType, isCommandError, NotLeaderError, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { StoreUnavailable } from '../eventStore';

/**
 * The meaning of a failed call. `answer`: the server has answered. `refused`: a retry would be refused again. `leader`:
 * another node is the leader, and the client's next call goes there. `again`: the outcome is unknown, and a retry tells it.
 */
export type FailureKind = 'answer' | 'refused' | 'leader' | 'again';

const REFUSALS: readonly ErrorType[] = [
  ErrorType.ACCESS_DENIED,
  ErrorType.STREAM_DELETED,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
  ErrorType.INVALID_TRANSACTION,
  ErrorType.UNSUPPORTED,
];

const GRPC_UNKNOWN = 2;
const GRPC_INVALID_ARGUMENT = 3;
const GRPC_RESOURCE_EXHAUSTED = 8;
const GRPC_UNAUTHENTICATED = 16;

/** Messages with the code "unknown" by which the server rejects the request itself. */
const DISLIKED = /Exception was thrown by handler|Unexpected \w+Result/;
const TOO_LONG = /exceeds the maximum|larger than max/;

/** Classifies a failed call. Repeating an append after "again" is safe only with the same ids and the same expected revision. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof WrongExpectedVersionError || error instanceof StreamNotFoundError) return 'answer';
  if (error instanceof NotLeaderError) return 'leader';
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ForeignEvent) return 'refused';
  if (!(error instanceof Error && isCommandError(error))) return 'again';
  const { type, message } = error;
  const code = codeOf(error);
  const refused =
    REFUSALS.includes(type) ||
    code === GRPC_INVALID_ARGUMENT ||
    (code === GRPC_UNKNOWN && DISLIKED.test(message)) ||
    (code === GRPC_RESOURCE_EXHAUSTED && TOO_LONG.test(message));
  return refused ? 'refused' : 'again';
}

/** Nothing was received within the timeout of the attempt. */
export class FellSilent extends Error {
  override readonly name = 'FellSilent';
}

/** Tells whether the server sent nothing at all, not even a refusal. */
export const isSilence = (error: unknown): boolean =>
  error instanceof FellSilent || (error instanceof Error && isCommandError(error) && error.type === ErrorType.DEADLINE_EXCEEDED);

/** Tells whether the server rejects the position to read from. */
export function isBadPosition(error: unknown): boolean {
  if (!(error instanceof Error && isCommandError(error))) return false;
  const code = codeOf(error);
  return code === GRPC_INVALID_ARGUMENT || (code === GRPC_UNKNOWN && DISLIKED.test(error.message));
}

/** What is to be done when the server refuses this service itself, null for any other failure. */
export function accessProblem(error: unknown): { readonly what: 'ACCESS_DENIED'; readonly message: string } | null {
  if (!(error instanceof Error && isCommandError(error)) || error.type !== ErrorType.ACCESS_DENIED) return null;
  const message = codeOf(error) === GRPC_UNAUTHENTICATED
    ? 'The event store does not accept the user or the password in EVENTSTORE_URL. Correct them, percent-encode special characters of the password, and restart the service.'
    : 'The event store does not let the user in EVENTSTORE_URL read or write. The user needs to read $all and to read and write all streams: see "A user of its own" in docs/deployment.md.';
  return { what: 'ACCESS_DENIED', message };
}

/** Converts a refusal to an error of the port. */
export function toPortError(error: unknown): unknown {
  if (!(error instanceof Error && isCommandError(error))) return error;
  if (error.type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) {
    return new RangeError(`the append is larger than the ${error.maxAppendSize} bytes that the event store accepts`, { cause: error });
  }
  return new StoreUnavailable(`the event store refuses the request: ${error.message}`, { cause: error });
}

/** The server holds an event that this service did not write. */
export class ForeignEvent extends Error {
  override readonly name = 'ForeignEvent';
}

/** The server at this address now has another log, or an older state of the log. */
export class LogReplaced extends StoreUnavailable {
  constructor(why: string) {
    super(`the event store has changed since this process started: ${why}. Restart the service; it fills the read models from the current log`);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = ({ code }: { readonly code?: number }): number | undefined => code;
