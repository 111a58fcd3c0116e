import { hash } from 'node:crypto';
import type { EventToAppend } from './eventStore';

/** What stands before the first event of a stream. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/** What an event's hash covers. `dataJson` and `metadataJson` are canonical texts (RFC 8785), `data` as it is stored. */
export interface HashedEvent extends Pick<EventToAppend, 'id' | 'type' | 'schemaVersion' | 'occurredAt'> {
  readonly stream: string;
  readonly revision: number;
  readonly dataJson: string;
  readonly metadataJson: string;
}

/**
 * The hash that chains an event to the one before it in its stream, 64 hex digits in lower case:
 *
 *     SHA-256(previousHash + canonical({data, id, metadata, occurredAt, revision, schemaVersion, stream, type}))
 *
 * `previousHash` is the text of the previous event's hash, `FIRST_PREVIOUS_HASH` for revision 0; `canonical` is the JSON
 * text of RFC 8785; both as UTF-8. The position is not covered: it belongs to the store, not to the fact.
 */
export function eventHash(previousHash: string, event: HashedEvent): string {
  // The keys stand in canonical order and both texts are canonical already, so the whole is canonical too.
  const canonical =
    `{"data":${event.dataJson},"id":${JSON.stringify(event.id)},"metadata":${event.metadataJson}` +
    `,"occurredAt":${JSON.stringify(event.occurredAt)},"revision":${event.revision},"schemaVersion":${event.schemaVersion}` +
    `,"stream":${JSON.stringify(event.stream)},"type":${JSON.stringify(event.type)}}`;
  return hash('sha256', previousHash + canonical, 'hex');
}
