import { binaryEvent, jsonEvent, type AllStreamResolvedEvent, type EventData, type ResolvedEvent } from '@eventstore/db-client';
import { isJsonObject, MAX_APPEND_BYTES } from './appendChecks';
import { canonicalJson } from './canonicalJson';
import type { EventCodec, StoredTexts } from './eventCodec';
import { eventHash } from './eventHash';
import type { EventToAppend, JsonObject, StoredEvent } from './eventStore';
import { ForeignEvent, messageOf } from './eventStoreDbFailures';
import { formatPosition } from './eventStoreDbPosition';

/** An event of the server as its client gives it. */
export type ServerEvent = NonNullable<ResolvedEvent['event'] | AllStreamResolvedEvent['event']>;

/** An event's contents, fixed before the first attempt to append it. */
export type FixedEvent = Pick<EventToAppend, 'id' | 'type' | 'schemaVersion' | 'occurredAt'> & StoredTexts;

/** A hash and quotes, names and numbers around what the metadata holds. */
const LONGEST_ENVELOPE_BYTES = 200;

/**
 * Fixes what is to be appended, so that what the caller does with its objects later does not matter.
 * @throws RangeError when it is more than the server takes at once: such an append is refused, never split.
 */
export function fixEvents(codec: EventCodec, events: readonly EventToAppend[]): FixedEvent[] {
  const fixed = events.map((event) => {
    const { id, type, schemaVersion, occurredAt } = event;
    return { id, type, schemaVersion, occurredAt, ...codec.encode(event) };
  });
  const bytes = fixed.reduce((sum, { type, dataJson, metadataJson }) => sum + Buffer.byteLength(dataJson) + Buffer.byteLength(metadataJson) + LONGEST_ENVELOPE_BYTES + 2 * Buffer.byteLength(type), 0);
  if (bytes > MAX_APPEND_BYTES) {
    throw new RangeError(`the append holds ${bytes} bytes with what the store adds; at most ${MAX_APPEND_BYTES} are allowed`);
  }
  return fixed;
}

/** The contents of an event as a store holds them. */
export const asFixed = ({ id, type, schemaVersion, occurredAt, dataJson, metadata }: StoredEvent): FixedEvent => ({
  id, type, schemaVersion, occurredAt, dataJson, metadataJson: canonicalJson(metadata),
});

/** The hash of the last of the events, chained to `previousHash` from `firstRevision` on. */
export function lastHashOf(stream: string, firstRevision: number, previousHash: string, events: readonly FixedEvent[]): string {
  return events.reduce((hash, event, index) => eventHash(hash, { ...event, stream, revision: firstRevision + index }), previousHash);
}

/** The events as the server gets them, chained to `previousHash` from `firstRevision` on. */
export function toServerEvents(stream: string, firstRevision: number, previousHash: string, events: readonly FixedEvent[]): EventData[] {
  let hash = previousHash;
  return events.map((event, index) => {
    hash = eventHash(hash, { ...event, stream, revision: firstRevision + index });
    return toServerEvent(event, hash);
  });
}

/** The server's metadata of an event: ours, and what the server has no field for. */
function toServerEvent({ id, type, schemaVersion, occurredAt, dataJson, metadataJson }: FixedEvent, hash: string): EventData {
  const envelope = `{"hash":"${hash}","metadata":${metadataJson},"occurredAt":"${occurredAt}","schemaVersion":${schemaVersion}}`;
  const metadata = new TextEncoder().encode(envelope);
  const data: unknown = JSON.parse(dataJson);
  // The client writes JSON in its own order, which is the canonical one except for keys that look like numbers.
  if (isPlainJson(data) && JSON.stringify(data) === dataJson) return jsonEvent({ id, type, data, metadata });
  return binaryEvent({ id, type, data: new TextEncoder().encode(dataJson), metadata });
}

const isPlainJson = (data: unknown): data is Record<string, unknown> => isJsonObject(data);

/**
 * The event that the server holds.
 * @throws ForeignEvent that names the place when it was not written by this service.
 */
export function fromServerEvent(codec: EventCodec, event: ServerEvent): StoredEvent {
  const { id, type, streamId, data } = event;
  const revision = Number(event.revision);
  const envelope: unknown = event.metadata;
  if (event.position === undefined || !isEnvelope(envelope)) {
    throw new ForeignEvent(`the event ${id} of type ${type} (${streamId}, revision ${revision}) was not written by this service, which needs an event store of its own`);
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
    // The client has parsed the JSON already.
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
