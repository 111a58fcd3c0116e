import { liftedEvent } from '../domain/eventVersions';
import { normalizeKeapId } from '../domain/keapId';
import { textsAboutPeople } from '../domain/textsAboutPeople';
import { isJsonObject } from '../eventstore/appendChecks';
import type { EventStore, JsonObject, JsonValue, StoredEvent } from '../eventstore/eventStore';
import { allEnvelopesIn } from '../eventstore/people/disclosure';
import { isSealedPerson, valueAt } from '../eventstore/people/envelope';

/** A log as its readers see it, and as it is stored. */
export interface TracedLog {
  readonly opened: Pick<EventStore, 'readAll'>;
  readonly stored: Pick<EventStore, 'readAll'>;
}

/** Who somebody is in a log. */
export interface Identity {
  /** Normalized Keap IDs. */
  readonly addresses: ReadonlySet<string>;
  /** Ids of the keys of these addresses. */
  readonly keyIds: ReadonlySet<string>;
}

/** Fields of events by what they are, with the number of events that have them. */
export type FieldCounts = Readonly<Record<string, number>>;

/** A person as a log knows them, which can still be asked about its events when their keys are gone. */
export interface KnownPerson {
  readonly texts: ReadonlySet<string>;
  /** The paths of what an event holds about the person that their keys do not protect, such as `metadata.clientAddress`. */
  plainFieldsOf(stored: StoredEvent, opened: StoredEvent): readonly string[];
  /** The paths among these that hold a text which is about the person as a whole. */
  ownTextsOf(opened: StoredEvent): readonly string[];
  /** The text with another one in place of each name and address of the person. */
  withoutNames(text: string, instead: string): string;
}

/** Where a log names somebody. */
export interface Traces {
  /** Events with something that only the person's keys open. */
  readonly events: number;
  /** Events with something about the person in plain text, or in an envelope of somebody else. */
  readonly plainEvents: number;
  /** The fields of those events, such as `metadata.clientAddress`. */
  readonly plainFields: FieldCounts;
  /** Addresses and names as they were typed, in lower case. */
  readonly texts: ReadonlySet<string>;
  /** Other addresses that were stated by the same sign-ins. */
  readonly otherAddresses: readonly string[];
  readonly person: KnownPerson;
}

interface Person extends Identity {
  readonly texts: Set<string>;
  /** Ids of the sign-ins. */
  readonly personIds: Set<string>;
  readonly userIds: Set<string>;
}

const CLIENT_FIELDS = ['clientAddress', 'clientName', 'clientVersion'] as const;

/** Finds every place of a log that holds something about a person. It is read twice, because what comes early may be known to be about them by what comes late only. */
export async function tracesOf(log: TracedLog, identity: Identity): Promise<Traces> {
  const person: Person = { ...identity, texts: new Set(), personIds: new Set(), userIds: new Set() };
  const events = await getToKnow(person, log);
  const fields = new Map<string, number>();
  const others = new Map<string, string>();
  const known = knownPerson(person);
  let plainEvents = 0;
  for await (const [stored, opened] of pairs(log)) {
    noteOthers(others, opened, person);
    const found = known.plainFieldsOf(stored, opened);
    if (found.length > 0) plainEvents += 1;
    for (const field of found) fields.set(field, (fields.get(field) ?? 0) + 1);
  }
  return { events, plainEvents, plainFields: Object.fromEntries([...fields].sort()), texts: person.texts, otherAddresses: [...others.values()].sort(), person: known };
}

function knownPerson(person: Person): KnownPerson {
  const pattern = patternOf(new Set([...person.texts, ...person.addresses]));
  const mentions = (text: string): boolean => pattern !== null && text.search(pattern) >= 0;
  return {
    texts: person.texts,
    plainFieldsOf: (stored, opened) => plainFieldsOf(stored, opened, person, mentions),
    ownTextsOf: (opened) => ownTexts(opened, person),
    withoutNames: (text, instead) => (pattern === null ? text : text.replace(pattern, instead)),
  };
}

/** Collects the names, users and sign-ins of a person. @returns the number of events with something that only their keys open. */
async function getToKnow({ addresses, keyIds, texts, personIds, userIds }: Person, log: TracedLog): Promise<number> {
  let events = 0;
  for await (const [stored, opened] of pairs(log)) {
    if (allEnvelopesIn(stored).some(({ envelope }) => keyIds.has(envelope.key))) events += 1;
    const { person } = stored.data;
    const named = opened.data['person'];
    if (isSealedPerson(person) ? !keyIds.has(person.key) : !addresses.has(normalizeKeapId(textIn(named, 'keapId')))) continue;
    for (const field of ['keapId', 'name']) texts.add(textIn(named, field).toLowerCase());
    for (const [field, ids] of [['userId', userIds], ['personId', personIds]] as const) ids.add(textIn(opened.data, field));
  }
  for (const one of [texts, personIds, userIds]) one.delete('');
  return events;
}

/** The fields of an event with something about the person that their keys do not protect. */
function plainFieldsOf(stored: StoredEvent, opened: StoredEvent, person: Person, mentions: (text: string) => boolean): readonly string[] {
  const { metadata, data } = stored;
  const found = new Set<string>();
  if (!isSealedPerson(data['person']) && person.addresses.has(normalizeKeapId(textIn(data['person'], 'keapId')))) found.add('data.person');
  if (person.personIds.has(metadata.actorId)) for (const field of CLIENT_FIELDS) if (metadata[field] !== undefined) found.add(`metadata.${field}`);
  for (const path of ownTexts(opened, person)) if (typeof valueAt(data, path) === 'string') found.add(`data.${path}`);
  for (const [path, text] of textsIn(opened.data)) if (!path.startsWith('person.') && mentions(text) && !isOwnEnvelope(data, path, person)) found.add(`data.${path}`);
  return [...found];
}

/** The paths of the texts in an event that are about the person. */
function ownTexts(opened: StoredEvent, { addresses, userIds }: Person): readonly string[] {
  const event = liftedEvent(opened);
  const about = event ? textsAboutPeople(event) : null;
  if (about === null) return [];
  return ('userId' in about.person ? userIds.has(about.person.userId) : addresses.has(normalizeKeapId(about.person.keapId))) ? about.paths : [];
}

const isOwnEnvelope = (data: JsonObject, path: string, { keyIds }: Person): boolean => {
  const value = valueAt(data, path);
  return isSealedPerson(value) && keyIds.has(value.key);
};

/** All texts in the data, with their paths. */
function* textsIn(value: JsonValue, path = ''): Generator<readonly [string, string], void, undefined> {
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* textsIn(inner, Array.isArray(value) ? path : path === '' ? name : `${path}.${name}`);
}

const LETTER = '[\\p{L}\\p{N}]';

/** Matches these names and addresses in a text, as whole words and in any case. Null when there are none. */
function patternOf(texts: ReadonlySet<string>): RegExp | null {
  if (texts.size === 0) return null;
  // The longest first, so that a name within a longer one does not leave the rest of it.
  const quoted = [...texts].sort((a, b) => b.length - a.length).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(?<!${LETTER})(?:${quoted.join('|')})(?!${LETTER})`, 'giu');
}

/** Notes another address that one of the person's sign-ins stated. */
function noteOthers(others: Map<string, string>, { type, data }: StoredEvent, { addresses, personIds }: Person): void {
  if (type !== 'KeapIdBound' || !personIds.has(textIn(data, 'personId'))) return;
  const keapId = textIn(data['person'], 'keapId');
  const normalized = normalizeKeapId(keapId);
  if (!addresses.has(normalized) && keapId.includes('@')) others.set(normalized, keapId);
}

/** The events of a log as they are stored, each with what its readers see. */
export async function* pairs({ opened, stored }: TracedLog): AsyncGenerator<readonly [StoredEvent, StoredEvent], void, undefined> {
  const names = opened.readAll()[Symbol.asyncIterator]();
  for await (const event of stored.readAll()) {
    const next = await names.next();
    if (next.done === true) return;
    yield [event, next.value];
  }
}

function textIn(value: JsonValue | undefined, field: string): string {
  const found = isJsonObject(value) ? value[field] : '';
  return typeof found === 'string' ? found : '';
}
