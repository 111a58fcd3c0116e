import { checkAppend, isJsonObject } from '../appendChecks';
import { canonicalJson } from '../eventHash';
import { type AppendResult, type EventBatch, type EventStore, type EventToAppend, type LogPosition, type ReadAllOptions, type ReadStreamOptions, type StoredEvent, type StoreProblem, StoreUnavailable } from '../eventStore';
import { type DisclosedPerson, erasedPerson, eventKeyOf, isSealedPerson, openPerson, type SealedPerson, sealPerson } from './envelope';
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
 * `data.person`, or read "erased person #n". `dataJson` and `hash` are those of the stored, sealed bytes. Events stored in
 * plain text stay readable.
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
    if (!events.some(hasPerson)) return this.inner.append(stream, events, expectedRevision);
    // Copies, so that changes to the caller's objects during the wait have no effect.
    const fixed = events.map((event) => ({ ...event, data: copyOf(event.data), metadata: copyOf(event.metadata) }));
    const sealed = await Promise.all(fixed.map((event) => this.#sealed(event)));
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

  /** Decrypts the person of a stored event, with the key that proves it to others. Null when the event holds no sealed person. @throws KeysUnreadable, StoreUnavailable */
  async disclose(event: StoredEvent): Promise<DisclosedPerson | null> {
    const { person } = event.data;
    if (!isSealedPerson(person)) return null;
    const opener = (await this.keys.openers(new Set([person.key]))).get(person.key);
    return opener ? disclosed(event, person, opener) : null;
  }

  /** @inheritdoc Also closes the keys. */
  async close(): Promise<void> {
    await this.inner.close();
    await this.keys.close();
  }

  async #sealed(event: EventToAppend): Promise<EventToAppend> {
    const { person } = event.data;
    if (!isJsonObject(person) || typeof person['keapId'] !== 'string') return event;
    const { id, key } = await this.keys.sealingKey(person['keapId']);
    return { ...event, data: { ...event.data, person: { ...sealPerson(person, id, key, event.id) } } };
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
    for (const event of events) yield openers === null ? event : opened(event, openers);
  }

  async #openAll(events: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const openers = await this.#openersOf(events);
    return openers === null ? events : events.map((event) => opened(event, openers));
  }

  /** Returns the keys of the people in the events; null when there is nobody in them. */
  async #openersOf(events: readonly StoredEvent[]): Promise<ReadonlyMap<string, Opener> | null> {
    const ids = new Set<string>();
    for (const { data } of events) if (isSealedPerson(data['person'])) ids.add(data['person'].key);
    return ids.size === 0 ? null : this.keys.openers(ids);
  }
}

const copyOf = <T extends object>(value: T): T => JSON.parse(canonicalJson(value)) as T;

const hasPerson = (event: EventToAppend): boolean => isJsonObject(event.data['person']);

function opened(event: StoredEvent, openers: ReadonlyMap<string, Opener>): StoredEvent {
  const { person } = event.data;
  const opener = isSealedPerson(person) ? openers.get(person.key) : undefined;
  return isSealedPerson(person) && opener ? { ...event, data: { ...event.data, person: disclosed(event, person, opener).person } } : event;
}

function disclosed(event: StoredEvent, sealed: SealedPerson, opener: Opener): DisclosedPerson {
  if ('erasedAs' in opener) return { person: erasedPerson(opener.erasedAs), eventKey: null };
  const eventKey = eventKeyOf(opener.key, event.id);
  try {
    return { person: openPerson(sealed, eventKey, event.id), eventKey };
  } catch (cause) {
    throw new Error(`the personal envelope of the event at position ${event.position} (${event.stream}, revision ${event.revision}) cannot be opened because it was changed`, { cause });
  }
}
