import { hash } from 'node:crypto';
import type { EventToAppend, JsonValue } from './eventStore';
import canonicalize from 'canonicalize';

/** The previous hash of the first event of a stream. */
export const FIRST_PREVIOUS_HASH = '0'.repeat(64);

/** The fields that an event's hash covers. `dataJson` and `metadataJson` are canonical JSON (RFC 8785) as stored. */
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
 * text of RFC 8785; both as UTF-8. The position is not covered, because each store assigns its own.
 */
export function eventHash(previousHash: string, event: HashedEvent): string {
  return hash('sha256', hashedText(previousHash, event), 'hex');
}

function hashedText(previousHash: string, event: HashedEvent): string {
  // The keys are in canonical order and both texts are canonical, so the whole text is canonical.
  const canonical =
    `{"data":${event.dataJson},"id":${JSON.stringify(event.id)},"metadata":${event.metadataJson}` +
    `,"occurredAt":${JSON.stringify(event.occurredAt)},"revision":${event.revision},"schemaVersion":${event.schemaVersion}` +
    `,"stream":${JSON.stringify(event.stream)},"type":${JSON.stringify(event.type)}}`;
  return previousHash + canonical;
}

/** The text whose SHA-256 is the hash of a stored event. @param previousHash that of the event before it in its stream; null for the first one. */
export const hashedTextOf = (previousHash: string | null, event: Omit<HashedEvent, 'metadataJson'> & Pick<EventToAppend, 'metadata'>): string =>
  hashedText(previousHash ?? FIRST_PREVIOUS_HASH, { ...event, metadataJson: canonicalJson(event.metadata) });

/** Matches the JSON escape of half a surrogate pair, which has an even number of backslashes before it. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * Serializes a value as canonical JSON (RFC 8785, JSON Canonicalization Scheme): sorted keys, no spaces.
 * @throws TypeError for values without canonical JSON: NaN, infinities, ill-formed Unicode, nesting beyond the call stack.
 */
export function canonicalJson(value: JsonValue | object): string {
  const text = attempt(value);
  if (text === undefined) throw new TypeError('the value has no JSON text');
  if (LONE_SURROGATE.test(text)) throw new TypeError('the text holds half of a surrogate pair; strings must be well-formed Unicode');
  return text;
}

function attempt(value: JsonValue | object): string | undefined {
  try {
    return canonicalize(value);
  } catch (cause) {
    const reason = cause instanceof RangeError ? 'it is nested too deeply' : String(cause);
    throw new TypeError(`the value has no JSON text: ${reason}`, { cause });
  }
}
