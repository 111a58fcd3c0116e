import type { EventBatch, EventStore, LogPosition, ReadStreamOptions, StoredEvent } from '../../src/eventstore/eventStore';

/** A store whose log and failures the test controls. It has only the methods that read models use. */
export class ScriptedEventStore implements EventStore {
  readonly subscribedFrom: LogPosition[] = [];
  /** Number of events returned by `readStream`. */
  eventsRead = 0;
  #failure: Error | 'END' | null = null;
  #changed: () => void = () => undefined;

  constructor(
    private readonly events: StoredEvent[],
    private readonly batchSize = 3,
  ) {}

  /** Notifies subscribers of new events. */
  announce(): void {
    this.#changed();
  }

  /** Makes the current subscription, or the next one, fail or end. */
  fail(failure: Error | 'END'): void {
    this.#failure = failure;
    this.#changed();
  }

  async *subscribeAll(after: LogPosition, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    this.subscribedFrom.push(after);
    let position = after;
    for (let first = true; !signal.aborted; first = false) {
      if (this.#failure !== null) {
        const failure = this.#failure;
        this.#failure = null;
        if (failure === 'END') return;
        throw failure;
      }
      const newer = this.events.filter((event) => event.position > position);
      const events = newer.slice(0, this.batchSize);
      position = events.at(-1)?.position ?? position;
      if (events.length > 0 || first) yield { events, caughtUp: newer.length === events.length };
      else await this.#change(signal);
    }
  }

  async *readStream(stream: string, { fromRevision = 0 }: ReadStreamOptions = {}): AsyncGenerator<StoredEvent, void, undefined> {
    for (const event of this.events) {
      if (event.stream !== stream || event.revision < fromRevision) continue;
      this.eventsRead += 1;
      await Promise.resolve();
      yield event;
    }
  }

  append(): never {
    throw new Error('not part of this test');
  }

  async *readAll({ backwards = false }: { readonly backwards?: boolean } = {}): AsyncGenerator<StoredEvent, void, undefined> {
    yield* backwards ? [...this.events].reverse() : this.events;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = () => {
        signal.removeEventListener('abort', this.#changed);
        resolve();
      };
      signal.addEventListener('abort', this.#changed);
    });
  }
}
