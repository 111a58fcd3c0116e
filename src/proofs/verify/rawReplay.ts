import type { EventMetadata, JsonObject, StoredEvent } from '../../eventstore/eventStore';
import { TemporaryDirectory } from '../../files/temporaryDirectory';
import { withoutKeys } from '../../eventstore/people/envelope';
import type { RawEvent, RawLog } from '../../eventstore/rawEvents';
import { replay } from '../../projections/engine/replay';
import { ReadModelDatabase } from '../../projections/engine/database';
import { liveProjections } from '../../projections/allProjections';
import { AssignedContactsQueries } from '../../projections/assignedContacts/queries';
import type { Finding } from './findings';

/** A departure that a running service has not finished after this time has lost its second event, in milliseconds. */
const LONGEST_DEPARTURE_MS = 60_000;
const MAX_DEPARTURES = 100;

/**
 * Folds the whole log into every read model, in a temporary file.
 * @returns a finding for each projection that stops, and for each departure that closed somebody's contacts and took no access away.
 */
export async function replayRaw(log: RawLog, onEvents: (events: number) => void): Promise<readonly Finding[]> {
  const directory = new TemporaryDirectory('verify');
  const database = ReadModelDatabase.openScratch(directory.file('readmodels.db'));
  try {
    const failures = await replay({ store: { readAll: () => storedEvents(log, onEvents) }, storeId: log.storeId, scratch: database }, liveProjections);
    const stopped = [...failures].map(([name, error]) => ({ what: 'REPLAY_FAILED' as const, message: `${name}: ${error}` }));
    return stopped.length > 0 ? stopped : missingDepartures(database);
  } finally {
    database.close();
    directory.remove();
  }
}

function missingDepartures(database: ReadModelDatabase): readonly Finding[] {
  const before = new Date(Date.now() - LONGEST_DEPARTURE_MS).toISOString();
  return new AssignedContactsQueries(database).openClosures(MAX_DEPARTURES).filter(({ closedAt }) => closedAt < before).map(({ appId, userId, closedAt, eventId }) => ({
    what: 'DEPARTURE_MISSING' as const,
    stream: `contacts-${appId}`,
    message: `The contacts of the user ${userId} were closed at ${closedAt} (AssigneeClosed, event ${eventId}), and no departure of that user from ${appId} follows. It was removed, or the service was stopped before it and finishes it at its next start.`,
  }));
}

async function* storedEvents(log: RawLog, onEvents: (events: number) => void): AsyncGenerator<StoredEvent, void, undefined> {
  let events = 0;
  for await (const event of log.events()) {
    yield storedEvent(event);
    onEvents((events += 1));
  }
}

/** Converts an event for projections, with people under the ids of their keys. The data are valid JSON, or their hash would not match. */
function storedEvent({ metadataJson, id, type, schemaVersion, occurredAt, stream, revision, position, dataJson, hash }: RawEvent): StoredEvent {
  const event = { id, type, schemaVersion, occurredAt, stream, revision, position, dataJson, hash };
  return { ...event, data: withoutKeys(JSON.parse(event.dataJson) as JsonObject), metadata: JSON.parse(metadataJson) as EventMetadata };
}
