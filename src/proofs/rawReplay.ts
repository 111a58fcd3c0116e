import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventMetadata, JsonObject, StoredEvent } from '../eventstore/eventStore';
import { withoutKeys } from '../eventstore/personEnvelope';
import type { RawEvent, RawLog } from '../eventstore/rawEvents';
import { ProjectionRunner } from '../projections/projectionRunner';
import { ReadModelDatabase } from '../projections/readModelDatabase';
import { liveProjections } from '../projections/readModelProjections';
import type { Finding } from './findings';

const EVENTS_PER_TRANSACTION = 256;

/** Folds the whole log into every read model, in memory. @returns where that cannot be done. */
export async function replayRaw(log: RawLog, onEvents: (events: number) => void): Promise<readonly Finding[]> {
  const database = ReadModelDatabase.open(':memory:');
  try {
    const runner = new ProjectionRunner(database, liveProjections, log.storeId);
    let waiting: StoredEvent[] = [];
    let events = 0;
    const flush = async (): Promise<void> => {
      runner.apply(waiting);
      events += waiting.length;
      waiting = [];
      onEvents(events);
      await nextTurn();
    };
    for await (const event of log.events()) {
      waiting.push(storedEvent(event));
      if (waiting.length >= EVENTS_PER_TRANSACTION) await flush();
    }
    await flush();
    return runner.progress.flatMap(({ projection, error }) => (error === undefined ? [] : [{ what: 'REPLAY_FAILED' as const, message: `${projection.name}: ${error}` }]));
  } finally {
    database.close();
  }
}

/** The event as a projection takes it, with people under the ids of their keys. What was not JSON would not have had the right hash. */
function storedEvent({ metadataJson, ...event }: RawEvent): StoredEvent {
  return { ...event, data: withoutKeys(JSON.parse(event.dataJson) as JsonObject), metadata: JSON.parse(metadataJson) as EventMetadata };
}
