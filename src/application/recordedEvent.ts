import type { DomainEvent, Recorded } from '../domain/events';
import { currentVersion, liftedEvent } from '../domain/eventVersions';
import type { EventToAppend, JsonObject, StoredEvent } from '../eventstore/eventStore';
import { derivedId, type CommandRun } from './commandRun';

/** Events as the store takes them: ids from (command id, index), what the server knows of the request as metadata. */
export function toAppend(events: readonly DomainEvent[], run: CommandRun, occurredAt: string): EventToAppend[] {
  const { actor, request } = run.caller;
  return events.map((event, index) => ({
    id: derivedId(run.commandId, String(index)),
    type: event.type,
    schemaVersion: currentVersion(event.type),
    occurredAt,
    data: event.data as unknown as JsonObject,
    metadata: {
      actorId: actor.personId,
      correlationId: request.correlationId,
      causationId: run.causationId,
      commandId: run.commandId,
      ...(run.keyed ? { keyed: true as const } : {}),
      ...(request.clientAddress === undefined ? {} : { clientAddress: request.clientAddress }),
      ...(request.clientName === undefined ? {} : { clientName: request.clientName }),
      ...(request.clientVersion === undefined ? {} : { clientVersion: request.clientVersion }),
    },
  }));
}

/**
 * A stored event as a fold takes it.
 * @throws Error for a type or version that this program does not know: deciding without it could be wrong.
 */
export function toRecorded<E extends DomainEvent>(event: StoredEvent): Recorded<E> {
  const lifted = liftedEvent(event);
  if (!lifted) {
    throw new Error(`${event.stream} holds ${event.type} in version ${event.schemaVersion} at revision ${event.revision}, which this program does not know. Run a newer one.`);
  }
  return {
    ...lifted,
    occurredAt: event.occurredAt,
    position: event.position,
    revision: event.revision,
    commandId: event.metadata.commandId,
    keyed: event.metadata.keyed === true,
  } as unknown as Recorded<E>;
}
