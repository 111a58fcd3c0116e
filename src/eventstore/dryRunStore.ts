import { checkAppend } from './appendChecks';
import { EventCodec } from './eventCodec';
import { eventHash, FIRST_PREVIOUS_HASH } from './eventHash';
import { type AppendResult, type EventBatch, type EventStore, type EventToAppend, headOf, type LogPosition, NO_STREAM, type ReadAllOptions, type ReadStreamOptions, type StoredEvent, WrongExpectedRevision } from './eventStore';

/** Events that one dry run may append. Beyond that, an append throws a RangeError. */
const MAX_EVENTS = 10_000;

const DIGITS = 6;

/**
 * A store for a dry run: it reads from another store and keeps appended events in memory, so that the other store never
 * sees them. Their positions follow the last position of the store below.
 */
export class DryRunEventStore implements EventStore {
  readonly #codec = new EventCodec();
  readonly #appended: StoredEvent[] = [];
  #base: Promise<LogPosition> | null = null;

  constructor(private readonly below: EventStore) {}

  /** The appended events, in order. */
  get appended(): readonly StoredEvent[] {
    return this.#appended;
  }

  /** The position of the store below which the appended events follow. @throws StoreUnavailable */
  base(): Promise<LogPosition> {
    this.#base ??= headOf(this.below);
    return this.#base;
  }

  /** @inheritdoc */
  async append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
    checkAppend(stream, events, expectedRevision);
    if (this.#appended.length + events.length > MAX_EVENTS) throw new RangeError(`a dry run appends at most ${MAX_EVENTS} events`);
    const base = await this.base();
    const last = await this.#lastOf(stream);
    const revision = last?.revision ?? NO_STREAM;
    if (revision !== expectedRevision) return this.#earlier(stream, events, expectedRevision, revision);
    let before = last?.hash ?? FIRST_PREVIOUS_HASH;
    for (const [index, event] of events.entries()) {
      const position = `${base}-${String(this.#appended.length + 1).padStart(DIGITS, '0')}`;
      const texts = this.#codec.encode(event);
      const row = { ...event, ...texts, stream, revision: revision + 1 + index };
      before = eventHash(before, row);
      this.#appended.push(this.#codec.decode({ ...row, position, hash: before }));
    }
    return { revision: revision + events.length, position: this.#appended.at(-1)?.position ?? base };
  }

  /** @inheritdoc */
  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<StoredEvent, void, undefined> {
    const { fromRevision, maxCount = Infinity, backwards = false } = options;
    const own = this.#appended.filter((event) => event.stream === stream && (fromRevision === undefined || (backwards ? event.revision <= fromRevision : event.revision >= fromRevision)));
    yield* limited(backwards ? [own.reverse(), this.below.readStream(stream, options)] : [this.below.readStream(stream, options), own], maxCount);
  }

  /** @inheritdoc */
  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<StoredEvent, void, undefined> {
    const { after, maxCount = Infinity, backwards = false } = options;
    const own = this.#appended.filter(({ position }) => after === undefined || (backwards ? position < after : position > after));
    yield* limited(backwards ? [own.reverse(), this.below.readAll(options)] : [this.below.readAll(options), own], maxCount);
  }

  /** Follows the store below. Events of the dry run are not included. */
  subscribeAll(after: LogPosition, signal: AbortSignal): AsyncIterable<EventBatch> {
    return this.below.subscribeAll(after, signal);
  }

  /** Does nothing. The store below stays open. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async #lastOf(stream: string): Promise<StoredEvent | undefined> {
    for await (const event of this.readStream(stream, { backwards: true, maxCount: 1 })) return event;
    return undefined;
  }

  async #earlier(stream: string, events: readonly EventToAppend[], expectedRevision: number, actualRevision: number): Promise<AppendResult> {
    const there: StoredEvent[] = [];
    for await (const event of this.readStream(stream, { fromRevision: expectedRevision + 1, maxCount: events.length })) there.push(event);
    const last = there.at(-1);
    if (last === undefined || events.some(({ id }, index) => there[index]?.id !== id)) throw new WrongExpectedRevision(stream, expectedRevision, actualRevision);
    return { revision: last.revision, position: last.position };
  }
}

async function* limited(parts: readonly (AsyncIterable<StoredEvent> | Iterable<StoredEvent>)[], maxCount: number): AsyncGenerator<StoredEvent, void, undefined> {
  let left = maxCount;
  for (const part of parts) {
    if (left <= 0) return;
    for await (const event of part) {
      yield event;
      left -= 1;
      if (left <= 0) return;
    }
  }
}
