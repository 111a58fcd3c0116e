/**
 * The port to the event log. Adapters: `embedded/store.ts` (SQLite) and `eventStoreDb/store.ts` (EventStoreDB). Every
 * adapter must pass the contract suite `test/eventstore/eventStoreContract.ts`.
 */

/** An opaque position in the log. Positions compare as strings: a later event has a greater one. */
export type LogPosition = string;

/** The position before the first event, less than every other position. */
export const START: LogPosition = '';

/** The expected revision of a stream that must not exist yet. Revisions of events start at 0. */
export const NO_STREAM = -1;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Who acted, as their sign-in says, and from where. */
export interface ActingPerson {
  readonly keapId: string;
  readonly name: string | null;
  /** As much of the IP address as CLIENT_ADDRESS keeps. */
  readonly clientAddress?: string;
  readonly clientName?: string;
  readonly clientVersion?: string;
}

/** Texts in an event's data that are about a person, and are stored encrypted with that person's key. */
export interface TextsAboutPerson {
  /** The person's Keap ID. */
  readonly keapId: string;
  /** Paths of the texts, such as `reason` or `removal.reason`. Where there is no text, nothing is encrypted. */
  readonly paths: readonly string[];
}

/** Who caused the event, and by which request. Set by the server, never taken from a request's body. */
export interface EventMetadata {
  readonly actorId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly commandId: string;
  /** The service's time of the decision; set where the clock had gone back, so that `occurredAt` is later. */
  readonly decidedAt?: string;
  /** Set when the command came with an idempotency key. */
  readonly keyed?: true;
  /** The signed-in person who acted, and from where. Stored encrypted with their key, as `{key, sealed}`, and read as it is stored. */
  readonly actor?: ActingPerson | { readonly key: string; readonly sealed: string };
  /** In events of before there was `actor`, in plain text; so are the next two. */
  readonly clientAddress?: string;
  readonly clientName?: string;
  readonly clientVersion?: string;
  /** Span of the command (W3C Trace Context). Set where traces are recorded. */
  readonly traceparent?: string;
}

/** What readers get in place of a text about an erased person. */
export const erasedText = (number: number): string => `erased with person #${number}`;

/** Tells whether the text stands for one about an erased person. */
export const isErasedText = (text: unknown): boolean => typeof text === 'string' && /^erased with person #[1-9]\d*$/.test(text);

export interface EventToAppend {
  /** UUID derived from the command, so that a retry sends the same one. */
  readonly id: string;
  readonly type: string;
  /** Version of the type's schema, from 1. */
  readonly schemaVersion: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly occurredAt: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
  /** Set for an append with such texts. It is not stored. */
  readonly about?: TextsAboutPerson;
}

export interface StoredEvent extends EventToAppend {
  readonly stream: string;
  readonly revision: number;
  readonly position: LogPosition;
  /** The stored bytes of `data`. */
  readonly dataJson: string;
  /** SHA-256 in hex that chains this event to the one before it in its stream (`eventHash.ts`). */
  readonly hash: string;
}

/** The service's time at which an event was decided. Whatever depends on time is computed from it and never from `occurredAt`. */
export const decidedAtOf = ({ occurredAt, metadata }: Pick<EventToAppend, 'occurredAt' | 'metadata'>): string => metadata.decidedAt ?? occurredAt;

export interface AppendResult {
  /** Revision of the last event written. */
  readonly revision: number;
  /** Position of the last event written. */
  readonly position: LogPosition;
}

export interface ReadStreamOptions {
  /** First revision to read. Default: 0, or the last one when reading backwards. */
  readonly fromRevision?: number;
  readonly maxCount?: number;
  readonly backwards?: boolean;
}

export interface ReadAllOptions {
  /** Position to start from, exclusive. Default: the beginning, or the end when reading backwards. */
  readonly after?: LogPosition;
  readonly maxCount?: number;
  readonly backwards?: boolean;
}

/** Events in log order, at least one unless `caughtUp`, which is true when the log held nothing newer at that moment. */
export interface EventBatch {
  readonly events: readonly StoredEvent[];
  readonly caughtUp: boolean;
}

export interface EventStore {
  /**
   * Appends all events or none, durably, if the stream's last revision is `expectedRevision` (`NO_STREAM` for a stream that
   * does not exist). A repeated append with the same ids at the same revision writes nothing and gets the first answer.
   * @throws WrongExpectedRevision when the stream has another revision.
   * @throws StoreUnavailable when the store cannot be reached or the outcome stays unknown.
   * @throws RangeError / TypeError for an invalid append (empty, too large, a bad id).
   */
  append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult>;
  /** The stream's events in order. A stream that does not exist has none. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;
  /** The log in order of position. */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent>;
  /** Reads all events after `after`, then live events, without gaps or duplicates, until `signal` aborts, which ends it without an error. The next batch is read when the consumer asks for it. */
  subscribeAll(after: LogPosition, signal: AbortSignal): AsyncIterable<EventBatch>;
  /** Finishes running calls and releases all resources. */
  close(): Promise<void>;
}

/** Counts of what a log has written since it was opened. */
export interface WriteStatistics {
  /** Appends that wrote events. */
  readonly appends: number;
  /** Transactions that these appends took. */
  readonly commits: number;
}

/** Whether a store can be reached, as its last calls have shown. */
export interface StoreReach {
  /** True when calls have failed for a second and none has succeeded since. Never true for a store in this process. */
  readonly isAway: boolean;
  /** Calls the listener when the store becomes away. @returns a function that removes the listener. */
  onAway(listener: () => void): () => void;
}

/** An opened log, as every adapter offers it beside the port. */
export interface EventLog extends EventStore, StoreReach {
  /** UUID of the log; null until its server has been reached. */
  readonly storeId: string | null;
  readonly isOpen: boolean;
  /** Whether this process is the only one that can append to the log. */
  readonly exclusive: boolean;
  /** Null when the adapter counts nothing. */
  readonly statistics: WriteStatistics | null;
  /** Resolves when the server holds another log than before, with which this process cannot go on. Stays pending for a log that nobody can replace. */
  readonly replaced: Promise<Error>;
  /** Calls the listener with the log's UUID: at once when it is known, otherwise before the first event is read. */
  onIdentified(listener: (storeId: string) => void): void;
  /** Whether the log answers within that many milliseconds. Never throws. */
  answers(withinMs: number): Promise<boolean>;
  /** Why nothing can be written; null while writes succeed, and for a log on another machine that does not say it. */
  readonly problem: StoreProblem | null;
  /** Checks the files of the log, and writes to them where nobody else does. The result is `problem`. Never throws. */
  probe(): void;
}

/** Another append was first. The caller must read and decide again. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';

  constructor(
    readonly stream: string,
    readonly expectedRevision: number,
    readonly actualRevision: number,
  ) {
    super(`${stream} was expected at revision ${expectedRevision} and stands at ${actualRevision}`);
  }
}

/** Why a store cannot be written or read, where that is known. */
export type StoreProblemKind =
  /** The disk, the quota or the largest size of a file is used up. */
  | 'DISK_FULL'
  /** The disk or the files are read-only for this process. */
  | 'READ_ONLY'
  | 'DISK_FAILED'
  /** The process or the system has no free file descriptor. */
  | 'TOO_MANY_FILES'
  /** A file was deleted, replaced or cut off while this process had it open. */
  | 'FILE_LOST'
  | 'FILE_DAMAGED'
  /** Another program has locked a file. */
  | 'LOCKED'
  /** The log contradicts a signed checkpoint. */
  | 'LOG_CONTRADICTED'
  /** The server refuses this service: its user, its password, or what the user may do. */
  | 'ACCESS_DENIED';

/** What is wrong with a store. */
export interface StoreProblem {
  readonly what: StoreProblemKind;
  /** What happened and what to do, for operators. */
  readonly message: string;
}

/** The store cannot be reached, or the outcome of an append is unknown. The same command may be sent again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** The cause, where it is known. */
  readonly problem: StoreProblem | null;

  constructor(message: string, { problem, ...options }: ErrorOptions & { readonly problem?: StoreProblem } = {}) {
    super(message, options);
    this.problem = problem ?? null;
  }
}

/** The position of the log's last event, `START` for an empty log. @throws StoreUnavailable */
export async function headOf(store: Pick<EventStore, 'readAll'>): Promise<LogPosition> {
  for await (const { position } of store.readAll({ backwards: true, maxCount: 1 })) return position;
  return START;
}

/** Enough digits for every safe integer, so that positions compare as their numbers do. */
const DIGITS = 16;
const SHAPE = /^\d{16}$/;

/** The position of the event with this number, from 1. */
export const formatPosition = (number: number): LogPosition => String(number).padStart(DIGITS, '0');

/**
 * The number in a position, 0 for `START`.
 * @throws RangeError when the text is not a position of this store.
 */
export function parsePosition(position: LogPosition): number {
  if (position === START) return 0;
  const number = SHAPE.test(position) ? Number(position) : NaN;
  if (!Number.isSafeInteger(number)) throw new RangeError(`"${position}" is not a position of this store; a position has ${DIGITS} digits, or is empty for the start`);
  return number;
}

/** The first number in a position of any store, 0 for `START`: it grows along the log, and tells how far a reading is. */
export const distanceOf = (position: LogPosition): number => Number.parseInt(position, 10) || 0;
