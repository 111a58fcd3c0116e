import { ACCOUNT_PREFIX, appIdOfStream } from '../domain/streamNames';
import type { EventStore, LogPosition, StoredEvent } from '../eventstore/eventStore';
import { foldReadModels, type AsOfReadModels } from '../projections/asOfReadModels';
import type { ReadModels } from '../projections/readModels';
import type { PersonKey } from '../projections/userListRows';

/** A store on top of the real one, and what was appended to it alone. */
export interface Trial {
  readonly store: EventStore;
  readonly appended: () => readonly StoredEvent[];
}

/** An event that a trial would have written. */
export interface TrialEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: StoredEvent['data'];
}

/** What was appended to a trial, as its answer shows it. */
export const trialEvents = ({ appended }: Trial): readonly TrialEvent[] => appended().map(({ stream, type, data }) => ({ stream, type, data }));

/**
 * The apps that a trial has changed, as they would be after it, with the labels of the person who asks; null where it has
 * changed none at that position, which is then one of the real log.
 * @throws StoreUnavailable
 */
export async function foldTrial({ store, appended }: Trial, position: LogPosition, live: ReadModels, person: PersonKey, now: string): Promise<AsOfReadModels | null> {
  const events = appended();
  if (!events.some((event) => event.position === position)) return null;
  const appIds = [...new Set(events.flatMap((event) => appIdOf(event) ?? []))];
  const labelled = events.flatMap(({ stream }) => (stream.startsWith(ACCOUNT_PREFIX) ? [stream.slice(ACCOUNT_PREFIX.length)] : []));
  const own = appIds.flatMap((appId) => live.userList.userOfPerson(appId, person)?.userId ?? []);
  return foldReadModels({ store, appIds, labelUserIds: [...new Set([...labelled, ...own])], asOf: { position }, now });
}

function appIdOf({ stream, data }: StoredEvent): string | undefined {
  const { appId } = data;
  return stream.startsWith(ACCOUNT_PREFIX) && typeof appId === 'string' ? appId : appIdOfStream(stream);
}
