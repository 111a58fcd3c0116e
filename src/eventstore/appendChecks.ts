import { type EventMetadata, type EventToAppend, type JsonObject, NO_STREAM } from './eventStore';

/** Bytes of data and metadata, as JSON in UTF-8, that one append may hold. A larger one is refused with a RangeError. */
export const MAX_APPEND_BYTES = 1024 * 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NAME = /^(?!\$)[^\p{Cc}\p{Cs}]{1,200}$/u;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tells whether the value has the fields of event metadata. */
export function isEventMetadata(value: unknown): value is JsonObject & EventMetadata {
  return (
    isJsonObject(value) &&
    typeof value['actorId'] === 'string' &&
    typeof value['correlationId'] === 'string' &&
    typeof value['causationId'] === 'string' &&
    typeof value['commandId'] === 'string'
  );
}

/**
 * Checks an append without looking at the stream.
 * @throws TypeError for a value of the wrong kind or form.
 * @throws RangeError for a number out of range, an empty append, or a repeated id.
 */
export function checkAppend(stream: string, events: readonly EventToAppend[], expectedRevision: number): void {
  if (typeof stream !== 'string' || !NAME.test(stream)) {
    throw new TypeError('a stream name has 1 to 200 characters, no control characters, and does not begin with $');
  }
  if (!Number.isSafeInteger(expectedRevision) || expectedRevision < NO_STREAM) {
    throw new RangeError(`the expected revision is ${expectedRevision}; it is a whole number from 0, or ${NO_STREAM} for a stream that must not exist`);
  }
  if (events.length === 0) throw new RangeError('an append holds at least one event');
  for (const event of events) checkEvent(event);
  if (new Set(events.map((event) => event.id)).size < events.length) throw new RangeError('an event id comes twice in the append');
}

function checkEvent(event: EventToAppend): void {
  if (typeof event.id !== 'string' || !UUID.test(event.id)) throw new TypeError(`the event id "${event.id}" is not a UUID in lower case`);
  const { id } = event;
  if (typeof event.type !== 'string' || !NAME.test(event.type)) {
    throw new TypeError(`event ${id}: a type has 1 to 200 characters, no control characters, and does not begin with $`);
  }
  if (!Number.isSafeInteger(event.schemaVersion) || event.schemaVersion < 1) {
    throw new RangeError(`event ${id}: the schema version is ${event.schemaVersion}; it is a whole number from 1`);
  }
  if (!isTime(event.occurredAt)) {
    throw new TypeError(`event ${id}: occurredAt is "${event.occurredAt}"; it is a time in UTC with milliseconds, as 2030-01-31T12:00:00.000Z`);
  }
  if (!isJsonObject(event.data)) throw new TypeError(`event ${id}: data is a JSON object`);
  if (!isEventMetadata(event.metadata)) {
    throw new TypeError(`event ${id}: metadata is an object with the texts actorId, correlationId, causationId and commandId`);
  }
}

function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const milliseconds = Date.parse(text);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === text;
}
