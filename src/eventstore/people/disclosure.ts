import { isJsonObject } from '../appendChecks';
import { canonicalJson } from '../eventHash';
import { erasedText, type EventToAppend, type StoredEvent } from '../eventStore';
import { ACTOR, type Disclosed, type Disclosure, envelopesIn, type EnvelopePlace, erasedPerson, eventKeyOf, NOTHING_DISCLOSED, openPerson, PERSON, type PlacedEnvelope, type SealedPerson, sealPerson, valueAt, withValueAt } from './envelope';
import type { Opener, PersonKey } from './keys';

/** An event's place in the log, for messages. */
type Sealed = Pick<StoredEvent, 'id' | 'position' | 'stream' | 'revision'>;

/** Tells whether an event to append holds anything that is stored encrypted. */
export const isPersonal = ({ data, metadata, about }: EventToAppend): boolean => isJsonObject(data['person']) || metadata.actor !== undefined || about !== undefined;

/**
 * Encrypts whatever an event holds about people: the person, the texts about somebody, and who acted.
 * @param sealingKey the current key of the person with this Keap ID.
 */
export async function sealedEvent({ about, ...event }: EventToAppend, sealingKey: (keapId: string) => Promise<PersonKey>): Promise<EventToAppend> {
  const { id, metadata } = event;
  let { data } = event;
  const { person } = data;
  if (isJsonObject(person) && typeof person['keapId'] === 'string') data = { ...data, person: { ...sealPerson(person, await sealingKey(person['keapId']), id) } };
  for (const path of about?.paths ?? []) {
    const text = valueAt(data, path);
    if (about && typeof text === 'string') data = withValueAt(data, path, { ...sealPerson({ text }, await sealingKey(about.keapId), id, path) });
  }
  const { actor } = metadata;
  if (actor === undefined || !('keapId' in actor)) return { ...event, data };
  return { ...event, data, metadata: { ...metadata, actor: { ...sealPerson({ ...actor }, await sealingKey(actor.keapId), id, ACTOR) } } };
}

/** A copy of an event to append, which later changes to the caller's objects do not reach. */
export const copyOf = (event: EventToAppend): EventToAppend => ({ ...event, data: copied(event.data), metadata: copied(event.metadata) });

const copied = <T extends object>(value: T): T => JSON.parse(canonicalJson(value)) as T;

/** Decrypts the data of an event. Who acted stays sealed, because only few readers ask for it. */
export function openedEvent(event: StoredEvent, openers: ReadonlyMap<string, Opener>): StoredEvent {
  const envelopes = envelopesIn(event.data);
  if (envelopes.length === 0) return event;
  let { data } = event;
  for (const { place, envelope } of envelopes) {
    const opener = openers.get(envelope.key);
    if (opener) data = withValueAt(data, place, place === PERSON ? opened(event, place, envelope, opener).content : textOf(event, { place, envelope }, opener).text);
  }
  return { ...event, data };
}

/** The envelopes of a stored event: those in its data, and that of the actor. */
export const allEnvelopesIn = ({ data, metadata: { actor } }: Pick<StoredEvent, 'data' | 'metadata'>): readonly PlacedEnvelope[] =>
  actor !== undefined && 'sealed' in actor ? [...envelopesIn(data), { place: ACTOR, envelope: actor }] : envelopesIn(data);

/** Decrypts all that an event holds sealed, with the keys that prove it to others. */
export function disclosedEvent(event: StoredEvent, openers: ReadonlyMap<string, Opener>): Disclosed {
  let disclosed: Disclosed = NOTHING_DISCLOSED;
  for (const placed of allEnvelopesIn(event)) {
    const { place, envelope } = placed;
    const opener = openers.get(envelope.key);
    if (!opener) continue;
    if (place === PERSON || place === ACTOR) {
      disclosed = { ...disclosed, [place]: opened(event, place, envelope, opener) };
    } else {
      const { text, eventKey } = textOf(event, placed, opener);
      disclosed = { ...disclosed, texts: { content: { ...disclosed.texts?.content, [place]: text }, eventKey } };
    }
  }
  return disclosed;
}

function textOf(event: Sealed, { place, envelope }: PlacedEnvelope, opener: Opener): { readonly text: string; readonly eventKey: Buffer | null } {
  if ('erasedAs' in opener) return { text: erasedText(opener.erasedAs), eventKey: null };
  const { content, eventKey } = opened(event, place, envelope, opener);
  const { text } = content;
  if (typeof text !== 'string') throw new Error(`the envelope "${place}" of the event at position ${event.position} does not hold a text`);
  return { text, eventKey };
}

function opened(event: Sealed, place: EnvelopePlace, sealed: SealedPerson, opener: Opener): Disclosure {
  if ('erasedAs' in opener) return { content: erasedPerson(opener.erasedAs), eventKey: null };
  const eventKey = eventKeyOf(opener.key, event.id, place);
  try {
    return { content: openPerson(sealed, eventKey, event.id, place), eventKey };
  } catch (cause) {
    throw new Error(`the personal envelope of the event at position ${event.position} (${event.stream}, revision ${event.revision}) cannot be opened because it was changed`, { cause });
  }
}
