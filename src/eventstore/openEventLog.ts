import { EmbeddedEventStore } from './embeddedEventStore';
import { StoreUnavailable, type EventStore } from './eventStore';
import { EventStoreDbEventStore } from './eventStoreDbEventStore';
import { openRawLog, rawLogOf, type RawLog } from './rawEvents';

/** Where a log is. */
export interface LogPlace {
  /** directory of an embedded log. */
  readonly dataDir: string;
  /** `esdb://…` of a server that keeps the events; null where the directory does. */
  readonly eventStoreUrl: string | null;
}

/** A log that is read and not written. */
export interface ReadableLog {
  readonly store: EventStore;
  readonly storeId: string;
}

/** So long a server of events has to answer a command. */
const ANSWER_MS = 30_000;

/**
 * Opens the log to read it, also beside the service that writes it. Close the store when done.
 * @throws Error when there is none; StoreUnavailable when its server does not answer.
 */
export async function openLogToRead({ dataDir, eventStoreUrl }: LogPlace): Promise<ReadableLog> {
  if (eventStoreUrl === null) {
    const store = EmbeddedEventStore.open(dataDir, { readOnly: true });
    return { store, storeId: store.storeId };
  }
  const store = new EventStoreDbEventStore({ url: eventStoreUrl });
  if ((await store.answers(ANSWER_MS)) && store.storeId !== null) return { store, storeId: store.storeId };
  await store.close();
  throw new StoreUnavailable('The event store at EVENTSTORE_URL does not answer.');
}

/**
 * Opens the stored events of a log as they are, also beside the service that writes it.
 * @throws Error when there is none; StoreUnavailable when its server does not answer.
 */
export async function openRawLogAt(place: LogPlace): Promise<RawLog> {
  if (place.eventStoreUrl === null) return openRawLog(place.dataDir);
  const { store, storeId } = await openLogToRead(place);
  return { ...rawLogOf(store, storeId), close: () => store.close() };
}

/** Tells the UUID of the store's log, at once or as soon as its server has been reached. */
export function whenKnown(store: EventStore & { readonly storeId: string | null }, listener: (storeId: string) => void): void {
  if (store.storeId !== null) listener(store.storeId);
  else if (store instanceof EventStoreDbEventStore) store.onKnown(listener);
}
