import { checkAppend } from '../appendChecks';
import { type AppendResult, type EventBatch, type EventStore, type EventToAppend, type LogPosition, type ReadAllOptions, type ReadStreamOptions, type StoredEvent, type StoreProblem, StoreUnavailable } from '../eventStore';
import { allEnvelopesIn, copyOf, disclosedEvent, isPersonal, openedEvent, sealedEvent } from './disclosure';
import { type Disclosed, envelopesIn, NOTHING_DISCLOSED } from './envelope';
import type { Opener, PersonKeys } from './keys';

/** Events whose keys are read together, because they may have to be read over the network. */
const OPENED_AT_ONCE = 256;

/** A log with a UUID, which is null until the log has been reached. */
export interface IdentifiedStore extends EventStore {
  readonly storeId: string | null;
  readonly isOpen: boolean;
}

/**
 * A log whose personal data are encrypted (sealed) with the key of the person. Callers append and read plain text in
 * `data.person` and in texts about a person, or read "erased person #n". They append who acted in plain text, and read it sealed.
 * `dataJson` and `hash` are those of the stored, sealed bytes. Events stored in plain text stay readable.
 */
export class SealedEventStore<Inner extends IdentifiedStore> implements EventStore {
  #stopped: StoreProblem | null = null;

  constructor(
    /** The stored log, with sealed people. */
    readonly inner: Inner,
    private readonly keys: PersonKeys,
  ) {}

  get storeId(): string | null {
    return this.inner.storeId;
  }

  get isOpen(): boolean {
    return this.inner.isOpen;
  }

  /** @inheritdoc @throws KeysUnreadable when the keys do not belong to SECRET_KEY. */
  async append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
    checkAppend(stream, events, expectedRevision);
    this.#requireWriting();
    if (!events.some(isPersonal)) return this.inner.append(stream, events, expectedRevision);
    // Copies, so that changes to the caller's objects during the wait have no effect.
    const fixed = events.map(copyOf);
    const sealed = await Promise.all(fixed.map((event) => sealedEvent(event, (keapId) => this.keys.sealingKey(keapId))));
    this.#requireWriting();
    return this.inner.append(stream, sealed, expectedRevision);
  }

  /** Refuses every later append. Events stay readable. */
  stopWriting(problem: StoreProblem): void {
    this.#stopped = problem;
  }

  /** An event whose person is sealed with a key that is gone could never be read again, so it is not written. */
  #requireWriting(): void {
    const problem = this.#stopped ?? (this.keys.problem?.what === 'FILE_LOST' ? this.keys.problem : null);
    if (problem !== null) throw new StoreUnavailable(problem.message, { problem });
  }

  /** @inheritdoc */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<StoredEvent> {
    return this.#opened(this.inner.readStream(stream, options));
  }

  /** @inheritdoc */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent> {
    return this.#opened(this.inner.readAll(options));
  }

  /** @inheritdoc */
  async *subscribeAll(after: LogPosition, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    for await (const { events, caughtUp } of this.inner.subscribeAll(after, signal)) yield { events: await this.#openAll(events), caughtUp };
  }

  /** Decrypts all that a stored event holds sealed, with the keys that prove it to others. @throws KeysUnreadable, StoreUnavailable */
  async disclose(event: StoredEvent): Promise<Disclosed> {
    const ids = new Set(allEnvelopesIn(event).map(({ envelope }) => envelope.key));
    return ids.size === 0 ? NOTHING_DISCLOSED : disclosedEvent(event, await this.keys.openers(ids));
  }

  /** @inheritdoc Also closes the keys. */
  async close(): Promise<void> {
    await this.inner.close();
    await this.keys.close();
  }

  async *#opened(events: AsyncIterable<StoredEvent>): AsyncGenerator<StoredEvent, void, undefined> {
    let waiting: StoredEvent[] = [];
    try {
      for await (const event of events) {
        waiting.push(event);
        if (waiting.length < OPENED_AT_ONCE) continue;
        const full = waiting;
        waiting = [];
        yield* this.#openEach(full);
      }
    } catch (error) {
      yield* this.#openEach(waiting);
      throw error;
    }
    yield* this.#openEach(waiting);
  }

  /** Opens each event when it is asked for, so that a reader with long work to do can let other work in between. */
  async *#openEach(events: readonly StoredEvent[]): AsyncGenerator<StoredEvent, void, undefined> {
    const openers = await this.#openersOf(events);
    for (const event of events) yield openers === null ? event : openedEvent(event, openers);
  }

  async #openAll(events: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const openers = await this.#openersOf(events);
    return openers === null ? events : events.map((event) => openedEvent(event, openers));
  }

  /** Returns the keys of the people in the events; null when there is nobody in them. */
  async #openersOf(events: readonly StoredEvent[]): Promise<ReadonlyMap<string, Opener> | null> {
    const ids = new Set<string>();
    for (const { data } of events) for (const { envelope } of envelopesIn(data)) ids.add(envelope.key);
    return ids.size === 0 ? null : this.keys.openers(ids);
  }
}
