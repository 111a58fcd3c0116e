import type { AdministrationEvent } from '../../domain/administration';
import { ADMINISTRATION_STREAM } from '../../domain/streams';
import { type EventStore, NO_STREAM } from '../../eventstore/eventStore';
import { type Clock, eventTime, systemCaller } from '../commandTypes';
import { appendInRun, newRun, retryOnConflict, toRecorded } from '../handling/append';

/** The actor of what an erasure writes. */
export const ERASER = 'erasure';

/**
 * Records in the log that a person was erased, without naming them. An erasure that was repeated, or interrupted before, is recorded once.
 * @throws StoreUnavailable
 */
export async function recordErasure(store: EventStore, clock: Clock, data: AdministrationEvent['data']): Promise<void> {
  const run = newRun(systemCaller(ERASER));
  await retryOnConflict(async () => {
    let [expectedRevision, lastOccurredAt] = [NO_STREAM, ''];
    for await (const stored of store.readStream(ADMINISTRATION_STREAM)) {
      const recorded = toRecorded<AdministrationEvent>(stored);
      if (recorded.data.number === data.number && data.keys.every((key) => recorded.data.keys.includes(key))) return;
      [expectedRevision, lastOccurredAt] = [stored.revision, stored.occurredAt];
    }
    await appendInRun(store, run, { stream: ADMINISTRATION_STREAM, events: [{ type: 'PersonErased', data }], time: eventTime(clock.now(), lastOccurredAt), expectedRevision });
  });
}
