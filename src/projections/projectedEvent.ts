import type { DomainEvent } from '../domain/events';
import { currentVersion, isKnownEvent } from '../domain/eventVersions';
import { appIdOfStream } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';

const isKnownType = (event: { readonly type: string }): event is { readonly type: DomainEvent['type'] } => isKnownEvent(event.type, 1);

/**
 * What a stored event says; undefined for a type that this program does not know.
 * @throws Error for a known type in a version that this program does not know.
 */
export function domainEventOf(event: StoredEvent): DomainEvent | undefined {
  if (!isKnownType(event)) return undefined;
  if (!isKnownEvent(event.type, event.schemaVersion)) {
    throw new Error(`${event.stream} holds ${event.type} in version ${event.schemaVersion} at revision ${event.revision}; this program knows versions up to ${currentVersion(event.type)}.`);
  }
  return { type: event.type, data: event.data } as unknown as DomainEvent;
}

/** The app that an event of a roster or contacts stream belongs to. @throws Error for an event of another stream. */
export function appIdOfEvent(event: StoredEvent): string {
  const appId = appIdOfStream(event.stream);
  if (appId === undefined) throw new Error(`${event.type} stands in the stream ${event.stream}, which belongs to no app.`);
  return appId;
}
