import { contactsStream, rosterStream } from '../domain/streamNames';
import { FIRST_PREVIOUS_HASH } from '../eventstore/eventHash';
import type { EventStore, StoredEvent } from '../eventstore/eventStore';
import { mergedStreams } from '../projections/mergedStreams';

/** Which events are exported. */
export interface ExportSelection {
  /** of every stream when null. */
  readonly appId: string | null;
  /** ISO 8601 in UTC with milliseconds, inclusive; from the beginning when null. */
  readonly from: string | null;
  /** exclusive; to the end when null. */
  readonly to: string | null;
}

export interface ExportedEvent {
  readonly event: StoredEvent;
  /** hash of the event before it in its stream. */
  readonly previousHash: string;
}

/** The selected events in log order. @throws StoreUnavailable */
export async function* exportedEvents(store: EventStore, selection: ExportSelection): AsyncGenerator<ExportedEvent, void, undefined> {
  const hashes = new Map<string, string>();
  for await (const event of eventsOf(store, selection.appId)) {
    const previousHash = hashes.get(event.stream) ?? FIRST_PREVIOUS_HASH;
    hashes.set(event.stream, event.hash);
    if (isSelected(event, selection)) yield { event, previousHash };
  }
}

/** Whether an event is among those that are selected. */
export const isSelected = ({ stream, occurredAt }: Pick<StoredEvent, 'stream' | 'occurredAt'>, { appId, from, to }: ExportSelection): boolean =>
  isOfApp(stream, appId) && (from === null || occurredAt >= from) && (to === null || occurredAt < to);

/** Whether an event of that stream belongs to the app; any does where there is none. */
export const isOfApp = (stream: string, appId: string | null): boolean => appId === null || streamsOf(appId).includes(stream);

const streamsOf = (appId: string): readonly string[] => [rosterStream(appId), contactsStream(appId)];

const eventsOf = (store: EventStore, appId: string | null): AsyncIterable<StoredEvent> =>
  appId === null ? store.readAll() : mergedStreams(streamsOf(appId).map((stream) => store.readStream(stream)), () => true);
