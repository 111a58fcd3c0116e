import { isEventMetadata, isJsonObject } from './appendChecks';
import { canonicalJson } from './eventHash';
import type { EventToAppend, LogPosition, StoredEvent } from './eventStore';

/** An event's contents as stored: canonical JSON, which the hash covers byte for byte. */
export interface StoredTexts {
  readonly dataJson: string;
  readonly metadataJson: string;
}

/** An event as a row of a store. */
export interface EventRow extends StoredTexts {
  readonly position: LogPosition;
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly occurredAt: string;
  readonly hash: string;
}

/**
 * Converts between events and the texts that are stored and hashed. `data.person`, the only place for personal data, is
 * already sealed here (`people/sealedEventStore.ts`), so the texts and hashes hold no plain personal data.
 */
export class EventCodec {
  /** @throws TypeError when data or metadata have no canonical JSON. */
  encode(event: EventToAppend): StoredTexts {
    return { dataJson: canonicalJson(event.data), metadataJson: canonicalJson(event.metadata) };
  }

  /** @throws Error that names the position when the row does not hold an event. */
  decode(row: EventRow): StoredEvent {
    return this.decodeParsed(row, parse(row, row.dataJson), parse(row, row.metadataJson));
  }

  /** Decodes a row whose texts are already parsed. The event takes over the values. */
  decodeParsed(row: Omit<EventRow, 'metadataJson'>, data: unknown, metadata: unknown): StoredEvent {
    if (!isJsonObject(data) || !isEventMetadata(metadata)) throw unreadable(row, 'data or metadata are not what an event has');
    return {
      id: row.id,
      type: row.type,
      schemaVersion: row.schemaVersion,
      occurredAt: row.occurredAt,
      data,
      metadata,
      stream: row.stream,
      revision: row.revision,
      position: row.position,
      dataJson: row.dataJson,
      hash: row.hash,
    };
  }
}

function parse(row: EventRow, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw unreadable(row, 'data or metadata are not JSON', cause);
  }
}

function unreadable(row: Pick<EventRow, 'position' | 'stream' | 'revision'>, why: string, cause?: unknown): Error {
  return new Error(`the event at position ${row.position} (${row.stream}, revision ${row.revision}) cannot be read: ${why}`, { cause });
}
