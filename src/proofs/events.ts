import { LRUCache } from 'lru-cache';
import { isAdministrative } from '../domain/administration';
import { contactsStream, rosterStream } from '../domain/streams';
import { canonicalJson, FIRST_PREVIOUS_HASH } from '../eventstore/eventHash';
import type { EventStore, JsonObject, JsonValue, StoredEvent } from '../eventstore/eventStore';
import { mergedStreams } from '../projections/paging/keyset';
import type { Disclosed, Disclosure } from '../eventstore/people/envelope';

/** Which events are exported. */
export interface ExportSelection {
  /** App whose events are exported. Null exports all streams. */
  readonly appId: string | null;
  /** Start time, ISO 8601 in UTC with milliseconds, inclusive. Null means from the beginning. */
  readonly from: string | null;
  /** End time, exclusive. Null means to the end. */
  readonly to: string | null;
  /** True to export what operators and auditors did, of all streams. `appId` does not count then. */
  readonly administration?: boolean;
}

/** The selection of the whole log. */
export const EVERYTHING: ExportSelection = { appId: null, from: null, to: null };

/** Tells whether every event of the log is selected. */
export const isEverything = ({ appId, from, to, administration = false }: ExportSelection): boolean => !administration && appId === null && from === null && to === null;

/** The selection as the first line of a bundle says it. */
export const requestOf = ({ appId, from, to, administration = false }: ExportSelection): JsonObject => (administration ? { administration, app: null, from, to } : { app: appId, from, to });

export interface ExportedEvent {
  readonly event: StoredEvent;
  /** Hash of the event before it in its stream. */
  readonly previousHash: string;
}

/** The last hashes of so many streams are held in memory; that of another one is read. */
const MAX_HASHES = 100_000;

/** The selected events in log order. @throws StoreUnavailable */
export async function* exportedEvents(store: EventStore, selection: ExportSelection, maxHashes = MAX_HASHES): AsyncGenerator<ExportedEvent, void, undefined> {
  const hashes = new LRUCache<string, string>({ max: maxHashes });
  for await (const event of eventsOf(store, selection)) {
    const previousHash = event.revision === 0 ? FIRST_PREVIOUS_HASH : hashes.get(event.stream) ?? (await hashBefore(store, event));
    hashes.set(event.stream, event.hash);
    if (isSelected(event, selection)) yield { event, previousHash };
  }
}

async function hashBefore(store: EventStore, { stream, revision }: StoredEvent): Promise<string> {
  for await (const { hash } of store.readStream(stream, { fromRevision: revision - 1, maxCount: 1 })) return hash;
  return FIRST_PREVIOUS_HASH;
}

/** The selected events in log order, without the hashes before them. @throws StoreUnavailable */
export async function* selectedEvents(store: EventStore, selection: ExportSelection): AsyncGenerator<StoredEvent, void, undefined> {
  for await (const event of eventsOf(store, selection)) if (isSelected(event, selection)) yield event;
}

/** Tells whether the log has events of the app. @throws StoreUnavailable */
export async function hasApp(store: EventStore, appId: string): Promise<boolean> {
  for await (const { stream } of store.readStream(rosterStream(appId), { maxCount: 1 })) return isOfApp(stream, appId);
  return false;
}

/** Tells whether an event is selected. */
export const isSelected = ({ stream, type, data, occurredAt }: Pick<StoredEvent, 'stream' | 'type' | 'data' | 'occurredAt'>, { appId, from, to, administration = false }: ExportSelection): boolean =>
  (administration ? isAdministrative({ type, data }) : isOfApp(stream, appId)) && (from === null || occurredAt >= from) && (to === null || occurredAt < to);

/** Tells whether the stream belongs to the app. With a null app every stream does. */
export const isOfApp = (stream: string, appId: string | null): boolean => appId === null || streamsOf(appId).includes(stream);

const streamsOf = (appId: string): readonly string[] => [rosterStream(appId), contactsStream(appId)];

const eventsOf = (store: EventStore, { appId, administration = false }: ExportSelection): AsyncIterable<StoredEvent> =>
  administration || appId === null ? store.readAll() : mergedStreams(streamsOf(appId).map((stream) => store.readStream(stream)), () => true);

/** Events are written as CloudEvents 1.0 in JSON, one per line of canonical JSON, so that the same event always gives the same bytes. */

const TYPE_PREFIX = 'partner-access.';

/** Type of the first line of a bundle, which holds the selection. */
export const EXPORT_TYPE = `${TYPE_PREFIX}export`;

/** Type of the last line of a bundle, which holds the checkpoint. */
export const CHECKPOINT_TYPE = `${TYPE_PREFIX}checkpoint`;

/** The proof of an event in a bundle. */
export interface EventProof {
  /** Number of the event in the log, from 0. */
  readonly leafIndex: number;
  /** Hashes in hex, from the leaf upwards. */
  readonly path: readonly string[];
}

export interface LineExtras {
  /** What the event holds sealed, decrypted; nothing where the keys are not available. */
  readonly disclosed: Disclosed;
  /** The proof, null when no checkpoint covers the event. */
  readonly proof: EventProof | null;
}

/** The line of a stored event. Extension attributes are in lower case without separators, as CloudEvents requires. */
export function eventLine(storeId: string, event: StoredEvent, previousHash: string, { disclosed: { person, texts, actor }, proof }: LineExtras): string {
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
    ...disclosedAs('person', person),
    ...disclosedAs('texts', texts),
    ...disclosedAs('actor', actor),
    ...(proof === null ? {} : { leafindex: proof.leafIndex, inclusionproof: proof.path.join(' ') }),
  });
}

const disclosedAs = (name: string, disclosure: Disclosure | null): JsonObject => disclosure === null ? {} : {
  [`${name}json`]: canonicalJson(disclosure.content),
  ...(disclosure.eventKey === null ? {} : { [`${name}key`]: disclosure.eventKey.toString('base64url') }),
};

/** A line about the bundle itself. */
export const bundleLine = (storeId: string, type: string, id: string, data: JsonObject): string => canonicalJson({ ...envelope(storeId, id, type), data });

const envelope = (storeId: string, id: string, type: string): JsonObject => ({
  specversion: '1.0', id, source: `urn:uuid:${storeId}`, type, datacontenttype: 'application/json',
});

const EVENT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'specversion', 'id', 'source', 'type', 'datacontenttype', 'subject', 'time', 'data', 'position', 'revision', 'schemaversion',
  'actorid', 'correlationid', 'metadatajson', 'hash', 'previoushash', 'leafindex', 'inclusionproof', 'personjson', 'personkey', 'textsjson', 'textskey',
  'actorjson', 'actorkey',
]);

/** The text is not a line of a bundle. */
export class UnreadableLine extends Error {
  override readonly name = 'UnreadableLine';
}

/** A parsed line of a bundle. */
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
      throw new UnreadableLine('it is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableLine('it is not an object');
    const event = new CloudEvent(value as Readonly<Record<string, JsonValue>>, line, canonicalText(value));
    if (event.text('specversion') !== '1.0') throw new UnreadableLine('it is not a CloudEvent 1.0');
    return event;
  }

  /** True when the line is exactly what an export writes, without anything that no hash covers. */
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
