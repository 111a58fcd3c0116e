import { EmbeddedEventStore } from './embedded/store';
import { type EventStore, StoreUnavailable } from './eventStore';
import { openRawLog, type RawLog, rawLogOf } from './rawEvents';

/** The location of a log. */
export interface LogPlace {
  /** Directory of the embedded log. */
  readonly dataDir: string;
  /** Address of EventStoreDB, `esdb://…`; null for the embedded log. */
  readonly eventStoreUrl: string | null;
}

/** A log that is only read. */
export interface ReadableLog {
  readonly store: EventStore;
  readonly storeId: string;
}

/** How long a command waits for EventStoreDB, in milliseconds. Then it fails with StoreUnavailable. */
const ANSWER_MS = 30_000;

/**
 * Opens a log for reading. The service may write to it meanwhile. The caller closes the store.
 * @throws Error when there is no log. @throws StoreUnavailable when its server does not answer.
 */
export async function openLogToRead({ dataDir, eventStoreUrl }: LogPlace): Promise<ReadableLog> {
  if (eventStoreUrl === null) {
    const store = EmbeddedEventStore.open(dataDir, { readOnly: true });
    return { store, storeId: store.storeId };
  }
  // The client of EventStoreDB is large, so it is loaded only where it is used.
  const { EventStoreDbEventStore } = await import('./eventStoreDb/store.js');
  const store = new EventStoreDbEventStore({ url: eventStoreUrl });
  if ((await store.answers(ANSWER_MS)) && store.storeId !== null) return { store, storeId: store.storeId };
  await store.close();
  throw new StoreUnavailable('The event store at EVENTSTORE_URL does not answer.');
}

/**
 * Opens the raw events of a log for verification. The service may write to it meanwhile.
 * @throws Error when there is no log. @throws StoreUnavailable when its server does not answer.
 */
export async function openRawLogAt(place: LogPlace): Promise<RawLog> {
  if (place.eventStoreUrl === null) return openRawLog(place.dataDir);
  const { store, storeId } = await openLogToRead(place);
  return { ...rawLogOf(store, storeId), close: () => store.close() };
}
