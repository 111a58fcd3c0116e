/**
 * The port to the event log. Adapters: `embeddedEventStore.ts` (SQLite), `eventStoreDbEventStore.ts` (EventStoreDB). One
 * contract suite (`test/eventstore/eventStoreContract.ts`) says what every adapter must do.
 */

/** An opaque place in the log. Positions compare as strings: a later event has a greater one. */
export type LogPosition = string;

/** Less than every position; "nothing has been seen yet". */
export const START: LogPosition = '';

/** The expected revision of a stream that must not exist yet; revisions of events start at 0. */
export const NO_STREAM = -1;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** Who did it, in answer to what. Written by the server alone, never taken from a request's body. */
export interface EventMetadata {
  readonly actorId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly commandId: string;
  /** set where the command came with an idempotency key. */
  readonly keyed?: true;
  readonly clientAddress?: string;
  readonly clientName?: string;
  readonly clientVersion?: string;
}

export interface EventToAppend {
  /** UUID, derived from the command, so that a retry sends the same one. */
  readonly id: string;
  readonly type: string;
  /** version of the type's shape, from 1. */
  readonly schemaVersion: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly occurredAt: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

export interface StoredEvent extends EventToAppend {
  readonly stream: string;
  readonly revision: number;
  readonly position: LogPosition;
  /** `data` as it is stored, byte for byte. */
  readonly dataJson: string;
  /** hex SHA-256 that chains this event to the one before it in its stream (`eventHash.ts`). */
  readonly hash: string;
}

export interface AppendResult {
  /** revision of the last event written. */
  readonly revision: number;
  /** position of the last event written. */
  readonly position: LogPosition;
}

export interface ReadStreamOptions {
  /** first revision to read; 0 when absent (the last one when backwards). */
  readonly fromRevision?: number;
  readonly maxCount?: number;
  readonly backwards?: boolean;
}

export interface ReadAllOptions {
  /** exclusive; from the beginning (from the end when backwards) when absent. */
  readonly after?: LogPosition;
  readonly maxCount?: number;
  readonly backwards?: boolean;
}

/** Some events in log order, at least one unless `caughtUp`; `caughtUp` when nothing newer was there at that moment. */
export interface EventBatch {
  readonly events: readonly StoredEvent[];
  readonly caughtUp: boolean;
}

export interface EventStore {
  /**
   * Appends all events or none, durably, if the stream's last revision is `expectedRevision` (`NO_STREAM` when it does
   * not exist). The same ids at the same place again are the same append: the first answer, nothing written.
   * @throws WrongExpectedRevision when the stream stands elsewhere.
   * @throws StoreUnavailable when the store cannot be reached or the outcome stays unknown.
   * @throws RangeError / TypeError for an append that no store would take (empty, too large, a bad id).
   */
  append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult>;
  /** The stream's events in order; none when it does not exist. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent>;
  /** The log in order of position. */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent>;
  /** Catches up from `after` (exclusive) and goes on live, without gap or double, until `signal` aborts (then it ends without error). The next batch is read when the consumer asks for it. */
  subscribeAll(after: LogPosition, signal: AbortSignal): AsyncIterable<EventBatch>;
  /** Finishes what is in flight and releases everything. */
  close(): Promise<void>;
}

/** Somebody else appended first: read again, decide again. */
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

/** The store cannot be reached, or the outcome of an append is not known; the same command may be sent again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The position of the log's last event; `START` when there is none. @throws StoreUnavailable */
export async function headOf(store: Pick<EventStore, 'readAll'>): Promise<LogPosition> {
  for await (const { position } of store.readAll({ backwards: true, maxCount: 1 })) return position;
  return START;
}
