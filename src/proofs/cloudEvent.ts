import { canonicalJson } from '../eventstore/canonicalJson';
import type { JsonObject, JsonValue, StoredEvent } from '../eventstore/eventStore';

/** Events as CloudEvents 1.0 in the JSON event format, one in a line of canonical JSON, so that the same event is always the same bytes. */

const TYPE_PREFIX = 'partner-access.';

/** Type of the first line of a bundle, which says what was asked for. */
export const EXPORT_TYPE = `${TYPE_PREFIX}export`;

/** Type of its last line, which holds the checkpoint. */
export const CHECKPOINT_TYPE = `${TYPE_PREFIX}checkpoint`;

/** What a bundle adds to an event. */
export interface EventProof {
  /** the event's number in the log, from 0. */
  readonly leafIndex: number;
  /** hex hashes, from the leaf upwards. */
  readonly path: readonly string[];
}

/** A line for a stored event. Attributes beyond those of CloudEvents are in lower case without separators, as these demand. */
export function eventLine(storeId: string, event: StoredEvent, previousHash: string, proof: EventProof | null): string {
  const { id, stream, revision, position, type, schemaVersion, occurredAt, data, metadata, hash } = event;
  return canonicalJson({
    ...envelope(storeId, id, `${TYPE_PREFIX}${type}`),
    subject: stream,
    time: occurredAt,
    data,
    position,
    revision,
    schemaversion: schemaVersion,
    actorid: metadata.actorId,
    correlationid: metadata.correlationId,
    metadatajson: canonicalJson(metadata),
    hash,
    previoushash: previousHash,
    ...(proof === null ? {} : { leafindex: proof.leafIndex, inclusionproof: proof.path.join(' ') }),
  });
}

/** A line of the bundle itself. */
export const bundleLine = (storeId: string, type: string, id: string, data: JsonObject): string => canonicalJson({ ...envelope(storeId, id, type), data });

const envelope = (storeId: string, id: string, type: string): JsonObject => ({
  specversion: '1.0', id, source: `urn:uuid:${storeId}`, type, datacontenttype: 'application/json',
});

const EVENT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'specversion', 'id', 'source', 'type', 'datacontenttype', 'subject', 'time', 'data', 'position', 'revision', 'schemaversion',
  'actorid', 'correlationid', 'metadatajson', 'hash', 'previoushash', 'leafindex', 'inclusionproof',
]);

/** A text that is no line of a bundle. */
export class UnreadableLine extends Error {
  override readonly name = 'UnreadableLine';
}

/** A line's attributes. @throws UnreadableLine for what is no CloudEvent. */
export class CloudEvent {
  private constructor(
    private readonly attributes: Readonly<Record<string, JsonValue>>,
    private readonly line: string,
    private readonly canonical: string,
  ) {}

  static parse(line: string): CloudEvent {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new UnreadableLine('it is no JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableLine('it is no object');
    const event = new CloudEvent(value as Readonly<Record<string, JsonValue>>, line, canonicalText(value));
    if (event.text('specversion') !== '1.0') throw new UnreadableLine('it is no CloudEvent 1.0');
    return event;
  }

  /** Whether the line is the one that an export writes for an event, with nothing beside it that no hash covers. */
  get isWhole(): boolean {
    return this.line === this.canonical && this.type.startsWith(TYPE_PREFIX) && this.text('source') === `urn:uuid:${this.storeId}` &&
      this.text('datacontenttype') === 'application/json' && Object.keys(this.attributes).every((name) => EVENT_ATTRIBUTES.has(name));
  }

  get type(): string {
    return this.text('type');
  }

  /** The type of the stored event. */
  get eventType(): string {
    return this.type.slice(TYPE_PREFIX.length);
  }

  /** UUID of the log. */
  get storeId(): string {
    return this.text('source').replace('urn:uuid:', '');
  }

  /** @throws UnreadableLine where it is missing. */
  text(name: string): string {
    const value = this.attributes[name];
    if (typeof value !== 'string') throw new UnreadableLine(`its attribute ${name} is missing`);
    return value;
  }

  /** @throws UnreadableLine where it is missing. */
  number(name: string): number {
    const value = this.attributes[name];
    if (typeof value !== 'number') throw new UnreadableLine(`its attribute ${name} is missing`);
    return value;
  }

  has(name: string): boolean {
    return this.attributes[name] !== undefined;
  }

  /** @throws UnreadableLine where it is missing. */
  get data(): JsonObject {
    const { data } = this.attributes;
    if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new UnreadableLine('its data are missing');
    return data as JsonObject;
  }
}

function canonicalText(value: object): string {
  try {
    return canonicalJson(value);
  } catch {
    throw new UnreadableLine('it has no canonical JSON');
  }
}
