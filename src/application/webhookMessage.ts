import { liftedEvent } from '../domain/eventVersions';
import { appIdOfStream } from '../domain/streamNames';
import type { StoredEvent } from '../eventstore/eventStore';

/** Nothing that a link could be recognised by leaves the house. */
const KEPT_BACK = ['tokenHash'];

/** The body that other systems get of an event of an app: JSON, the same whenever it is sent. */
export function webhookBodyOf(stored: StoredEvent): string {
  const { id, type, occurredAt, position, stream, revision, metadata } = stored;
  const told: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(liftedEvent(stored)?.data ?? stored.data).filter(([field]) => !KEPT_BACK.includes(field)));
  return JSON.stringify({
    type,
    timestamp: occurredAt,
    data: {
      eventId: id, position, appId: appIdOfStream(stream) ?? null, stream, revision, type, occurredAt,
      actorId: metadata.actorId, correlationId: metadata.correlationId, userId: told['userId'] ?? null, data: told,
    },
  });
}
