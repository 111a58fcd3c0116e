import { canonicalJson } from '../../eventstore/eventHash';
import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import { isErasedPerson, isSealedPerson, openPerson } from '../../eventstore/people/envelope';
import type { CloudEvent } from '../events';

/** Tells whether the disclosed person of an event, if any, is what the disclosed key opens, or an erased person. */
export function isPersonProved(event: CloudEvent): boolean {
  if (!event.has('personjson') && !event.has('personkey')) return true;
  const { person } = event.data;
  if (!isSealedPerson(person)) return false;
  const told = event.text('personjson');
  try {
    if (!event.has('personkey')) return isErasedPerson(JSON.parse(told) as JsonObject);
    return canonicalJson(openPerson(person, Buffer.from(event.text('personkey'), 'base64url'), event.text('id'))) === told;
  } catch {
    return false;
  }
}

/** The person whom the line of an event discloses; null when it is none. */
export function personOf(event: CloudEvent): JsonValue {
  try {
    return JSON.parse(event.text('personjson')) as JsonValue;
  } catch {
    return null;
  }
}

/** The actor and the request that an event's metadata name. */
export function namedIn(metadataJson: string): object {
  try {
    const { actorId, correlationId } = JSON.parse(metadataJson) as Readonly<Record<string, unknown>>;
    return { actorId, correlationId };
  } catch {
    return {};
  }
}
