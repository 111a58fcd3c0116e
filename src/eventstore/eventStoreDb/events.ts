import { type AllStreamResolvedEvent, binaryEvent, type EventData, jsonEvent, type ResolvedEvent } from '@eventstore/db-client';
import { isJsonObject, MAX_APPEND_BYTES } from '../appendChecks';
import { canonicalJson, eventHash } from '../eventHash';
import type { EventCodec, StoredTexts } from '../eventCodec';
import type { EventToAppend, JsonObject, StoredEvent } from '../eventStore';
import { ForeignEvent, messageOf } from './failures';
import { formatPosition } from './position';

/** An event as the client of the server returns it. */
export type ServerEvent = NonNullable<ResolvedEvent['event'] | AllStreamResolvedEvent['event']>;

/** An event's contents, serialized before the first attempt to append it. */
export type FixedEvent = Pick<EventToAppend, 'id' | 'type' | 'schemaVersion' | 'occurredAt'> & StoredTexts;

/** Bytes of the hash, quotes, names and numbers around an event's metadata, at most. */
const LONGEST_ENVELOPE_BYTES = 200;

/**
 * Serializes an append, so that later changes to the caller's objects have no effect.
 * @throws RangeError when it is larger than the server accepts. Such an append is refused, never split.
 */
export function fixEvents(codec: EventCodec, events: readonly EventToAppend[]): FixedEvent[] {
  const fixed = events.map((event) => {
    const { id, type, schemaVersion, occurredAt } = event;
    return { id, type, schemaVersion, occurredAt, ...codec.encode(event) };
  });
  const bytes = fixed.reduce((sum, { type, dataJson, metadataJson }) => sum + Buffer.byteLength(dataJson) + Buffer.byteLength(metadataJson) + LONGEST_ENVELOPE_BYTES + 2 * Buffer.byteLength(type), 0);
  if (bytes > MAX_APPEND_BYTES) {
    throw new RangeError(`the append holds ${bytes} bytes, including what the store adds; at most ${MAX_APPEND_BYTES} are allowed`);
  }
  return fixed;
}

/** The contents of a stored event. */
export const asFixed = ({ id, type, schemaVersion, occurredAt, dataJson, metadata }: StoredEvent): FixedEvent => ({
  id, type, schemaVersion, occurredAt, dataJson, metadataJson: canonicalJson(metadata),
});

/** The hash of the last event, when the events are chained to `previousHash` from `firstRevision` on. */
export function lastHashOf(stream: string, firstRevision: number, previousHash: string, events: readonly FixedEvent[]): string {
  return events.reduce((hash, event, index) => eventHash(hash, { ...event, stream, revision: firstRevision + index }), previousHash);
}

/** Converts events for the server, chained to `previousHash` from `firstRevision` on. */
export function toServerEvents(stream: string, firstRevision: number, previousHash: string, events: readonly FixedEvent[]): EventData[] {
  let hash = previousHash;
  return events.map((event, index) => {
    hash = eventHash(hash, { ...event, stream, revision: firstRevision + index });
    return toServerEvent(event, hash);
  });
}

/** Converts one event. Its metadata on the server also hold the fields that the server does not have. */
function toServerEvent({ id, type, schemaVersion, occurredAt, dataJson, metadataJson }: FixedEvent, hash: string): EventData {
  const envelope = `{"hash":"${hash}","metadata":${metadataJson},"occurredAt":"${occurredAt}","schemaVersion":${schemaVersion}}`;
  const metadata = new TextEncoder().encode(envelope);
  const data: unknown = JSON.parse(dataJson);
  // The client keeps the canonical order of keys, except for keys that look like numbers.
  if (isPlainJson(data) && JSON.stringify(data) === dataJson) return jsonEvent({ id, type, data, metadata });
  return binaryEvent({ id, type, data: new TextEncoder().encode(dataJson), metadata });
}

const isPlainJson = (data: unknown): data is Record<string, unknown> => isJsonObject(data);

/**
 * Converts an event of the server.
 * @throws ForeignEvent with stream and revision when this service did not write it.
 */
export function fromServerEvent(codec: EventCodec, event: ServerEvent): StoredEvent {
  const { id, type, streamId, data } = event;
  const revision = Number(event.revision);
  const envelope: unknown = event.metadata;
  if (event.position === undefined || !isEnvelope(envelope)) {
    throw new ForeignEvent(`the event ${id} of type ${type} (${streamId}, revision ${revision}) was not written by this service; give the service an event store of its own`);
  }
  const bytes = data instanceof Uint8Array ? Buffer.from(data).toString('utf8') : null;
  const row = {
    id,
    type,
    stream: streamId,
    revision,
    position: formatPosition(event.position),
    schemaVersion: envelope.schemaVersion,
    occurredAt: envelope.occurredAt,
    dataJson: bytes ?? JSON.stringify(data),
    hash: envelope.hash,
  };
  try {
    // The client has already parsed the JSON.
    const parsed: unknown = bytes === null ? data : JSON.parse(bytes);
    return codec.decodeParsed(row, parsed, envelope.metadata);
  } catch (cause) {
    throw new ForeignEvent(messageOf(cause), { cause });
  }
}

interface Envelope {
  readonly hash: string;
  readonly metadata: JsonObject;
  readonly occurredAt: string;
  readonly schemaVersion: number;
}

function isEnvelope(value: unknown): value is JsonObject & Envelope {
  return (
    isJsonObject(value) &&
    typeof value['hash'] === 'string' &&
    typeof value['occurredAt'] === 'string' &&
    typeof value['schemaVersion'] === 'number' &&
    isJsonObject(value['metadata'])
  );
}
