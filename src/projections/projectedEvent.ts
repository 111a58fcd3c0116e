import type { DomainEvent } from '../domain/events';
import { currentVersion, isKnownType, liftedEvent } from '../domain/eventVersions';
import { appIdOfStream } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';

/**
 * What a stored event says, in the shape of today; undefined for a type that this program does not know.
 * @throws Error for a known type in a version that this program does not know.
 */
export function domainEventOf(event: StoredEvent): DomainEvent | undefined {
  const { type } = event;
  if (!isKnownType(type)) return undefined;
  const lifted = liftedEvent(event);
  if (!lifted) {
    throw new Error(`${event.stream} holds ${type} in version ${event.schemaVersion} at revision ${event.revision}; this program knows versions up to ${currentVersion(type)}.`);
  }
  return lifted;
}

/** The app that an event of a roster or contacts stream belongs to. @throws Error for an event of another stream. */
export function appIdOfEvent(event: StoredEvent): string {
  const appId = appIdOfStream(event.stream);
  if (appId === undefined) throw new Error(`${event.type} stands in the stream ${event.stream}, which belongs to no app.`);
  return appId;
}
