import { checkAppend, isJsonObject } from './appendChecks';
import { canonicalJson } from './canonicalJson';
import type { AppendResult, EventBatch, EventStore, EventToAppend, LogPosition, ReadAllOptions, ReadStreamOptions, StoredEvent } from './eventStore';
import { erasedPerson, eventKeyOf, isSealedPerson, openPerson, sealPerson, type DisclosedPerson, type SealedPerson } from './personEnvelope';
import type { Opener, PersonKeys } from './personKeys';

/** So many events are opened at once, since a key may have to be asked for over the network. */
const OPENED_AT_ONCE = 256;

/** A log with an id, which is null as long as it has not been reached. */
export interface IdentifiedStore extends EventStore {
  readonly storeId: string | null;
  readonly isOpen: boolean;
}

/**
 * A log whose events hold personal data under the key of the person only. Who appends and reads sees plain text in
 * `data.person`, or "erased person #n"; `dataJson` and `hash` are those of the stored bytes, which are sealed. Events that
 * were stored in plain stay readable.
 */
export class SealedEventStore<Inner extends IdentifiedStore> implements EventStore {
  constructor(
    /** the log as it is stored. */
    readonly inner: Inner,
    private readonly keys: PersonKeys,
  ) {}

  get storeId(): string | null {
    return this.inner.storeId;
  }

  get isOpen(): boolean {
    return this.inner.isOpen;
  }

  /** @inheritdoc @throws KeysUnreadable when the keys do not fit. */
  async append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
    checkAppend(stream, events, expectedRevision);
    if (!events.some(hasPerson)) return this.inner.append(stream, events, expectedRevision);
    // What the caller does with its objects meanwhile does not matter.
    const fixed = events.map((event) => ({ ...event, data: copyOf(event.data), metadata: copyOf(event.metadata) }));
    return this.inner.append(stream, await Promise.all(fixed.map((event) => this.#sealed(event))), expectedRevision);
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

  /** The person of an event as it is stored, with the key that proves it to others; null where nobody is sealed in it. @throws KeysUnreadable, StoreUnavailable */
  async disclose(event: StoredEvent): Promise<DisclosedPerson | null> {
    const { person } = event.data;
    if (!isSealedPerson(person)) return null;
    const opener = (await this.keys.openers(new Set([person.key]))).get(person.key);
    return opener ? disclosed(event, person, opener) : null;
  }

  /** @inheritdoc The keys are closed with it. */
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
        yield* await this.#openAll(full);
      }
    } catch (error) {
      yield* await this.#openAll(waiting);
      throw error;
    }
    yield* await this.#openAll(waiting);
  }

  async #openAll(events: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const ids = new Set<string>();
    for (const { data } of events) if (isSealedPerson(data['person'])) ids.add(data['person'].key);
    if (ids.size === 0) return events;
    const openers = await this.keys.openers(ids);
    return events.map((event) => opened(event, openers));
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
    throw new Error(`the personal envelope of the event at position ${event.position} (${event.stream}, revision ${event.revision}) cannot be opened: it was changed`, { cause });
  }
}
