import { ErrorType, isCommandError, NotLeaderError, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { StoreUnavailable } from './eventStore';

/**
 * What a failed call means. `answer`: the server has spoken. `refused`: it will say the same every time. `leader`: another
 * node is the leader, and the client goes there next. `again`: nobody knows; the same call again finds out.
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

/** What the server says with the code "unknown" when it does not like the request itself. */
const DISLIKED = /Exception was thrown by handler|Unexpected \w+Result/;
const TOO_LONG = /exceeds the maximum|larger than max/;

/** "again" is safe for an append only with the same ids and the same expected revision. */
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

/** Nothing has come for as long as the attempt was given. */
export class FellSilent extends Error {
  override readonly name = 'FellSilent';
}

/** Whether nothing at all was heard of the server, not even a refusal. */
export const isSilence = (error: unknown): boolean =>
  error instanceof FellSilent || (error instanceof Error && isCommandError(error) && error.type === ErrorType.DEADLINE_EXCEEDED);

/** The server does not like the position that it was asked to read from. */
export function isBadPosition(error: unknown): boolean {
  if (!(error instanceof Error && isCommandError(error))) return false;
  const code = codeOf(error);
  return code === GRPC_INVALID_ARGUMENT || (code === GRPC_UNKNOWN && DISLIKED.test(error.message));
}

/** A refusal as the port words it. */
export function toPortError(error: unknown): unknown {
  if (!(error instanceof Error && isCommandError(error))) return error;
  if (error.type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) {
    return new RangeError(`the append is larger than the event store takes, which is ${error.maxAppendSize} bytes`, { cause: error });
  }
  return new StoreUnavailable(`the event store refuses this: ${error.message}`, { cause: error });
}

/** The server holds an event that this service cannot have written. */
export class ForeignEvent extends Error {
  override readonly name = 'ForeignEvent';
}

/** Behind the same address stands another log than before, or an older state of it. */
export class LogReplaced extends StoreUnavailable {
  constructor(why: string) {
    super(`the event store is not the one that this process began with: ${why}. Start again: the read models are filled from the log that is there now`);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = ({ code }: { readonly code?: number }): number | undefined => code;
